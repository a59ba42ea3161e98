-- Approved time of a user of the PSA who is nobody that HR knows, or is claimed twice: it
-- has no cost.
select
    'person_unknown' as kind,
    cast(entries.worked_hours as varchar) || ' h of ' || cast(entries.work_date as varchar)
    || ' by user ' || coalesce(told.person_id, 'nobody')
    || ', whom no employee number links to HR' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    projects.legal_entity_code,
    entries.project_key,
    entries.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    entries.work_date as since
from {{ ref('fct_time_entries') }} as entries
inner join {{ ref('psa_time_entries') }} as told
    on entries.source_instance = told.source_instance
    and entries.time_entry_id = told.time_entry_id
left join {{ ref('dim_projects') }} as projects
    on entries.project_key = projects.project_key
where
    entries.is_approved
    and entries.resource_key is null
    and entries.project_key is not null
    and {{ has_role('hr') }}
