-- Grain: one row per order line and month, from the month it was ordered to the as-of
-- month: ordered = consumed + open. What counts is the value known at the month's end (ASC
-- 250-10-45-17: a later one changes no earlier month). Hours consume the order that prices
-- them, goods theirs as they are received or billed; a closed order has nothing open.
with

months as (select * from {{ ref('int_project_months') }}),

projects as (select * from {{ ref('dim_projects') }}),

orders as (
    select
        commitments.commitment_key,
        commitments.project_key,
        commitments.ordered_date,
        commitments.closed_date,
        commitments.is_hours,
        commitments.is_pass_through,
        projects.project_code,
        projects.functional_currency_code as currency_code
    from {{ ref('fct_purchase_commitments') }} as commitments
    inner join projects on commitments.project_key = projects.project_key
),

valued as (
    select
        orders.*,
        known.known_from,
        known.known_to,
        known.is_current,
        {{ translated(
            'known.ordered_amount', 'known.currency_code', 'orders.currency_code',
            'fx_rates.fx_rate'
        ) }} as ordered_amount
    from orders
    inner join {{ ref('int_orders_known') }} as known
        on orders.commitment_key = known.commitment_key
    {{ join_fx_rate(
        'fx_rates', 'known.currency_code', 'orders.currency_code', 'orders.ordered_date'
    ) }}
),

consumption as (

    select
        commitment_key,
        cost_date,
        cost_amount,
        billed_amount
    from {{ ref('fct_subcontractor_costs') }}

    union all

    select
        commitment_key,
        cost_date,
        cost_amount,
        billed_amount
    from {{ ref('fct_purchase_costs') }}

),

consumed as (
    select
        orders.commitment_key,
        months.period_month,
        sum(
            case
                when consumption.cost_date <= months.measured_to_date
                    then consumption.cost_amount
                else 0
            end
        ) as consumed_amount,
        sum(
            case
                when consumption.cost_date <= months.measured_to_date
                    then consumption.billed_amount
                else 0
            end
        ) as billed_amount
    from orders
    inner join months on orders.project_key = months.project_key
    inner join consumption on orders.commitment_key = consumption.commitment_key
    group by orders.commitment_key, months.period_month
)

select
    valued.commitment_key,
    valued.project_key,
    valued.project_code,
    months.period_month,
    valued.currency_code,
    cast(valued.ordered_amount as decimal(18, 4)) as ordered_amount,
    cast(coalesce(consumed.consumed_amount, 0) as decimal(18, 4)) as consumed_amount,
    cast(coalesce(consumed.billed_amount, 0) as decimal(18, 4)) as billed_amount,
    cast(
        coalesce(consumed.consumed_amount, 0) - coalesce(consumed.billed_amount, 0)
        as decimal(18, 4)
    ) as accrued_amount,
    cast(
        case
            when valued.closed_date <= months.measured_to_date then 0
            when valued.ordered_amount is null then null
            else greatest(
                valued.ordered_amount - coalesce(consumed.consumed_amount, 0), 0
            )
        end as decimal(18, 4)
    ) as open_amount,
    valued.is_hours,
    valued.is_pass_through
from valued
inner join months
    on valued.project_key = months.project_key
    and valued.ordered_date <= months.measured_to_date
cross join {{ ref('dim_as_of') }} as as_of
left join consumed
    on valued.commitment_key = consumed.commitment_key
    and months.period_month = consumed.period_month
where {{ was_known('valued', 'months.measured_to_date', 'as_of.as_of_date') }}
