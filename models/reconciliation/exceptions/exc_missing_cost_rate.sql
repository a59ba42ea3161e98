-- Approved time of an employee, on a project, for whom no pay is in force on the day.
select
    'missing_cost_rate' as kind,
    cast(labour.worked_hours as varchar) || ' h of ' || cast(labour.work_date as varchar)
    || ': no pay of the person is in force on that day' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    labour.legal_entity_code,
    labour.project_key,
    labour.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    labour.work_date as since
from {{ ref('fct_labour_costs') }} as labour
inner join {{ ref('fct_time_entries') }} as entries
    on labour.time_entry_key = entries.time_entry_key
where
    labour.cost_rate is null
    and (labour.cost_amount is null or labour.provisional_amount is null)
    and labour.resource_key is not null
    and labour.project_key is not null
    and {{ has_of_people('labour') }}
