-- Approved time of contractors on a day when none of their orders for the project is in
-- force. It costs what the nearest one says.
select
    cast('hours_without_order' as varchar) as kind,
    cast({{ ratio('worked.worked_minutes', '60', scale=2) }} as varchar)
    || ' h of a contractor on ' || cast(worked.work_date as varchar)
    || ': no order for the project is in force on that day; they cost what order '
    || coalesce(worked.po_number, 'without a number') || ' says' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    projects.legal_entity_code,
    worked.project_key,
    {{ period_start('periods', 'worked.work_date') }} as period_month,
    worked.accrued_amount as amount,
    worked.currency_code,
    worked.work_date as since
from {{ ref('int_contractor_time') }} as worked
inner join {{ ref('fct_time_entries') }} as entries
    on worked.time_entry_key = entries.time_entry_key
left join {{ ref('dim_projects') }} as projects
    on worked.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'worked.work_date') }}
where not worked.is_in_force
