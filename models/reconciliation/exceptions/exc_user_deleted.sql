-- Users deleted in their PSA who have approved time in a period that is not closed: their
-- time stays the person's, with its cost, and is never taken back because they are gone.
select
    'user_deleted' as kind,
    'user ' || people.record_id || ' is deleted in the PSA and has '
    || cast(sum(entries.worked_hours) as varchar)
    || ' h of approved time in a period that is not closed' as reason,
    people.source_system,
    people.source_instance,
    people.record_id as source_id,
    projects.legal_entity_code,
    entries.project_key,
    entries.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    max(entries.work_date) as since
from {{ ref('crosswalk_resources') }} as people
inner join {{ ref('psa_time_entries') }} as told
    on people.source_instance = told.source_instance
    and people.record_id = told.person_id
inner join {{ ref('fct_time_entries') }} as entries
    on told.source_instance = entries.source_instance
    and told.time_entry_id = entries.time_entry_id
    and entries.is_approved
inner join {{ ref('dim_projects') }} as projects
    on entries.project_key = projects.project_key
left join {{ ref('dim_periods') }} as periods
    on projects.legal_entity_code = periods.legal_entity_code
    and entries.period_month = periods.period_month
where
    people.role = 'psa'
    and people.match_status = 'deleted'
    and not coalesce(periods.is_closed, false)
group by
    people.source_system,
    people.source_instance,
    people.record_id,
    projects.legal_entity_code,
    entries.project_key,
    entries.period_month
