-- Grain: one row per fixed fee project and month. Progress is cost to date over the
-- estimate at completion, at most 1; the month earns the change of progress x price,
-- which is negative when the estimate grows faster than the cost.
with

terms as (
    select * from {{ ref('int_project_terms_translated') }}
    where revenue_method = 'cost_to_cost'
),

progress as (
    select
        forecasts.project_key,
        forecasts.period_month,
        terms.currency_code,
        terms.price_amount,
        forecasts.cost_to_date_amount,
        forecasts.eac_amount,
        least(
            coalesce(
                {{ ratio('forecasts.cost_to_date_amount', 'forecasts.eac_amount') }}, 0
            ),
            1
        ) as progress_rate
    from {{ ref('fct_project_forecasts') }} as forecasts
    inner join terms on forecasts.project_key = terms.project_key
),

cumulated as (
    select
        *,
        {{ round_money('cast(price_amount as decimal(20, 4)) * progress_rate') }}
            as cumulative_amount
    from progress
)

select
    project_key,
    period_month,
    currency_code,
    price_amount,
    cost_to_date_amount,
    eac_amount,
    cast(progress_rate as decimal(18, 10)) as progress_rate,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by project_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from cumulated
