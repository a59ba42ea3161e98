-- Grain: one row per time entry lent at cost plus a markup: provisional cost, which both
-- entities know at the month's end, x (1 + markup). Payroll does not change it later.
select
    time_entry_key,
    currency_code,
    {{ round_money(
        'cast(provisional_cost_amount as decimal(19, 4)) * (1 + transfer_rate)',
        'currency_code'
    ) }} as charge_amount
from {{ ref('int_time_lent') }}
where transfer_price_method = 'cost_plus_percent'
