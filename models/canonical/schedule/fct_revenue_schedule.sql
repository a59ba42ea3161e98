-- Grain: one row per obligation and month, from what is left of the as-of month on: the
-- revenue still to be recognised. What is recognised and what is scheduled is the signed
-- price, wherever there is one. In functional currency at the rate of the as-of date.
with

stacked as (

    select * from {{ ref('int_schedule_over_time') }}

    union all

    select * from {{ ref('int_schedule_milestone') }}

    union all

    select * from {{ ref('int_schedule_time_and_materials') }}

    union all

    select * from {{ ref('int_schedule_cost_plus') }}

)

select
    stacked.obligation_key,
    obligations.project_key,
    obligations.project_code,
    obligations.legal_entity_code,
    obligations.revenue_method,
    stacked.period_month,
    obligations.contract_currency_code,
    stacked.contract_scheduled_amount,
    obligations.currency_code,
    cast({{ translated(
        'stacked.contract_scheduled_amount', 'obligations.contract_currency_code',
        'obligations.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as scheduled_amount
from stacked
inner join {{ ref('int_obligations_in_force') }} as obligations
    on stacked.obligation_key = obligations.obligation_key
{{ join_fx_rate(
    'fx_rates', 'obligations.contract_currency_code', 'obligations.currency_code',
    'obligations.as_of_date'
) }}
