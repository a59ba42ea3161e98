-- Grain: one row per approved time entry of an employee on a project of another legal
-- entity than the one that employed them on the day: who provides, who receives, and by
-- which transfer price method. Contractors are billed by their supplier.
select
    labour.time_entry_key,
    labour.project_key,
    labour.project_code,
    labour.home_legal_entity_code as provider_entity_code,
    labour.legal_entity_code as receiver_entity_code,
    labour.work_date,
    labour.period_month,
    time_entries.grade_code,
    time_entries.role_name,
    time_entries.source_instance,
    time_entries.is_billable,
    prices.transfer_price_method,
    labour.worked_minutes,
    time_values.chargeable_minutes,
    prices.transfer_rate,
    projects.contract_currency_code,
    time_values.contract_bill_rate as bill_rate,
    time_values.contract_standard_rate as standard_rate,
    time_values.contract_billable_amount as billable_amount,
    providers.currency_code,
    cast({{ translated(
        'labour.home_provisional_amount', 'labour.home_currency_code',
        'providers.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as provisional_cost_amount,
    cast({{ translated(
        'coalesce(labour.home_actual_amount, labour.home_provisional_amount)',
        'labour.home_currency_code', 'providers.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as cost_amount,
    labour.currency_code as receiver_currency_code,
    labour.cost_amount as receiver_cost_amount
from {{ ref('fct_labour_costs') }} as labour
inner join {{ ref('fct_time_entries') }} as time_entries
    on labour.time_entry_key = time_entries.time_entry_key
inner join {{ ref('fct_time_values') }} as time_values
    on labour.time_entry_key = time_values.time_entry_key
inner join {{ ref('dim_projects') }} as projects
    on labour.project_key = projects.project_key
inner join {{ ref('dim_legal_entities') }} as providers
    on labour.home_legal_entity_code = providers.legal_entity_code
left join {{ ref('dim_transfer_prices') }} as prices
    on labour.home_legal_entity_code = prices.provider_entity_code
    and labour.legal_entity_code = prices.receiver_entity_code
    and labour.work_date >= prices.valid_from
    and labour.work_date < prices.valid_to
{{ join_fx_rate(
    'fx_rates', 'labour.home_currency_code', 'providers.currency_code',
    'labour.work_date'
) }}
where labour.home_legal_entity_code != labour.legal_entity_code
