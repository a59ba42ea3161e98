-- Approved time of contractors that two orders which began on the same day price, and not
-- alike. It costs what the first by number says.
select
    cast('hours_of_two_orders' as varchar) as kind,
    cast({{ ratio('worked.worked_minutes', '60', scale=2) }} as varchar)
    || ' h of a contractor on ' || cast(worked.work_date as varchar)
    || ': two orders for the project are in force from the same day at different prices;'
    || ' they cost what order ' || coalesce(worked.po_number, 'without a number') || ' says'
        as reason,
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
where worked.is_ambiguous
