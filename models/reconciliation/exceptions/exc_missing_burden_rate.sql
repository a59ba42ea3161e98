-- Approved time of an employee whose pay is known, and whose entity states no burden rate
-- for the day.
select
    'missing_burden_rate' as kind,
    cast(labour.worked_hours as varchar) || ' h of ' || cast(labour.work_date as varchar)
    || ': ' || coalesce(
        'no burden rate of ' || labour.home_legal_entity_code || ' is in force on that day',
        'the person belongs to no legal entity on that day'
    ) as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    labour.legal_entity_code,
    labour.project_key,
    labour.period_month,
    cast(labour.home_raw_amount as decimal(18, 4)) as amount,
    labour.home_currency_code as currency_code,
    labour.work_date as since
from {{ ref('fct_labour_costs') }} as labour
inner join {{ ref('fct_time_entries') }} as entries
    on labour.time_entry_key = entries.time_entry_key
where
    labour.cost_rate is not null
    and labour.burden_rate is null
    and (labour.cost_amount is null or labour.provisional_amount is null)
    and labour.project_key is not null
