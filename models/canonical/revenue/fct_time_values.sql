-- Grain: one row per approved time entry: what its hours are worth at the standard
-- rate card, and what they bill at the rate frozen on the entry, at the rate of exchange
-- of the day.
with

priced as (
    select * from {{ ref('int_time_priced') }}
    where is_approved
)

select
    priced.time_entry_key,
    priced.time_entry_id,
    priced.project_key,
    priced.obligation_key,
    priced.work_date,
    priced.period_month,
    priced.contract_currency_code,
    priced.contract_billable_amount,
    priced.currency_code,
    cast({{ translated(
        'priced.contract_standard_amount', 'priced.contract_currency_code',
        'priced.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as standard_value_amount,
    cast({{ translated(
        'priced.contract_billable_amount', 'priced.contract_currency_code',
        'priced.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as billable_value_amount,
    priced.is_chargeable
from priced
{{ join_fx_rate(
    'fx_rates', 'priced.contract_currency_code', 'priced.currency_code',
    'priced.work_date'
) }}
