-- Time that is approved for a day to come: it earns, costs and bills nothing before that day.
-- The amount is what it will bill.
select
    'future_time' as kind,
    cast(entries.worked_hours as varchar) || ' h are approved for '
    || cast(entries.work_date as varchar)
    || ', a day to come: they count from then on' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    coalesce(projects.legal_entity_code, entries.home_legal_entity_code)
        as legal_entity_code,
    entries.project_key,
    entries.period_month,
    case
        when entries.is_billable
            then {{ minutes_at_rate(
                'entries.worked_minutes', 'entries.bill_rate',
                minor_units('entries.currency_code')
            ) }}
    end as amount,
    entries.currency_code,
    entries.work_date as since
from {{ ref('fct_time_entries') }} as entries
left join {{ ref('dim_projects') }} as projects
    on entries.project_key = projects.project_key
where entries.is_future and entries.approval_status = 'approved'
