-- Grain: one row per obligation and month with cost to come. Labour falls in the month it
-- is planned for; open orders and planned expenses are spread over the service days
-- left. The months add up to the estimate to complete.
with

latest as (
    {{ first_of_each(
        ref('fct_obligation_positions'), key=['obligation_key'],
        order=['period_month desc nulls last']
    ) }}
),

positions as (
    select
        obligation_key,
        currency_code,
        etc_commitments_amount + etc_expenses_amount as other_amount,
        etc_commitments_amount + etc_expenses_amount - (etc_amount - measured_etc_amount)
            as measured_other_amount
    from latest
),

others as (
    select
        months.obligation_key,
        months.period_month,
        months.days_count,
        positions.currency_code,
        positions.other_amount,
        positions.measured_other_amount
    from {{ ref('int_service_months_left') }} as months
    inner join positions on months.obligation_key = positions.obligation_key
    where positions.other_amount != 0
),

others_spread as (
    {{ allocate_amount(
        'others', key=['obligation_key'], amount='other_amount', weight='days_count',
        ties=['period_month'], currency='currency_code',
        also={'measured': 'measured_other_amount'}
    ) }}
),

stacked as (

    select
        obligation_key,
        period_month,
        planned_cost_amount as labour_amount,
        0 as other_amount,
        0 as measured_other_amount
    from {{ ref('int_work_scheduled') }}

    union all

    select
        obligation_key,
        period_month,
        0 as labour_amount,
        allocated_amount as other_amount,
        measured_allocated_amount as measured_other_amount
    from others_spread

),

summed as (
    select
        obligation_key,
        period_month,
        sum(labour_amount) as labour_amount,
        sum(other_amount) as other_amount,
        sum(measured_other_amount) as measured_other_amount
    from stacked
    group by obligation_key, period_month
)

select
    summed.obligation_key,
    obligations.project_key,
    summed.period_month,
    obligations.currency_code,
    cast(summed.labour_amount as decimal(18, 4)) as labour_amount,
    cast(summed.other_amount as decimal(18, 4)) as other_amount,
    cast(summed.labour_amount + summed.other_amount as decimal(18, 4)) as cost_amount,
    cast(summed.labour_amount + summed.measured_other_amount as decimal(18, 4))
        as measured_cost_amount
from summed
inner join {{ ref('int_obligations_in_force') }} as obligations
    on summed.obligation_key = obligations.obligation_key
