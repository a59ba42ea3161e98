-- Grain: one row per approved time entry that one legal entity's employee worked on
-- another's project: what the provider charges for it and what it costs. The receiver is
-- charged by its own periods, on their last day; to the provider, that is a day of one of
-- its own.
with

charges as (

    select * from {{ ref('int_charges_cost_plus') }}

    union all

    select * from {{ ref('int_charges_bill_rate') }}

    union all

    select * from {{ ref('int_charges_rate_card') }}

)

select
    lent.time_entry_key,
    lent.project_key,
    lent.project_code,
    lent.provider_entity_code,
    lent.receiver_entity_code,
    lent.work_date,
    lent.period_month,
    {{ period_start(
        'provider_periods', period_end('receiver_periods', 'lent.work_date')
    ) }} as provider_period_month,
    lent.transfer_price_method,
    lent.worked_minutes,
    lent.currency_code,
    charges.charge_amount,
    lent.cost_amount,
    lent.receiver_currency_code,
    lent.receiver_cost_amount
from {{ ref('int_time_lent') }} as lent
left join charges on lent.time_entry_key = charges.time_entry_key
{{ join_period('receiver_periods', 'lent.receiver_entity_code', 'lent.work_date') }}
{{ join_period(
    'provider_periods', 'lent.provider_entity_code',
    period_end('receiver_periods', 'lent.work_date')
) }}
