-- Grain: one row per cost plus project and month. Cumulative revenue is cost to date
-- with the fee, and the fee never exceeds its ceiling.
with

terms as (
    select * from {{ ref('int_project_terms_translated') }}
    where revenue_method = 'cost_plus'
),

with_fee as (
    select
        forecasts.project_key,
        forecasts.period_month,
        terms.currency_code,
        terms.fee_rate,
        terms.fee_ceiling_amount,
        forecasts.cost_to_date_amount,
        {{ round_money(
            'cast(forecasts.cost_to_date_amount as decimal(20, 4)) * (1 + terms.fee_rate)'
        ) }} as cost_with_fee_amount
    from {{ ref('fct_project_forecasts') }} as forecasts
    inner join terms on forecasts.project_key = terms.project_key
),

cumulated as (
    select
        *,
        case
            when cost_with_fee_amount > cost_to_date_amount + fee_ceiling_amount
                then cost_to_date_amount + fee_ceiling_amount
            else cost_with_fee_amount
        end as cumulative_amount
    from with_fee
)

select
    project_key,
    period_month,
    currency_code,
    cost_to_date_amount,
    fee_rate,
    fee_ceiling_amount,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by project_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from cumulated
