-- Grain: one row per retainer and month: the share of the service days elapsed by the
-- month's end (the as-of date in the current month), first and last day included.
with

terms as (
    select * from {{ ref('int_project_terms_translated') }}
    where
        revenue_method = 'straight_line'
        and service_start_date is not null
        and service_end_date is not null
),

elapsed as (
    select
        months.project_key,
        months.period_month,
        terms.currency_code,
        terms.price_amount,
        {{ dbt.datediff('terms.service_start_date', 'terms.service_end_date', 'day') }} + 1
            as service_days,
        greatest(
            0,
            {{ dbt.datediff(
                'terms.service_start_date',
                'least(months.measured_to_date, terms.service_end_date)', 'day'
            ) }} + 1
        ) as elapsed_days
    from {{ ref('int_project_months') }} as months
    inner join terms on months.project_key = terms.project_key
),

progress as (
    select
        *,
        coalesce({{ ratio('elapsed_days', 'service_days') }}, 0) as progress_rate
    from elapsed
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
    cast(elapsed_days as integer) as elapsed_days,
    cast(service_days as integer) as service_days,
    cast(progress_rate as decimal(18, 10)) as progress_rate,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by project_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from cumulated
