-- Grain: one row per currency pair and period, of whichever entity's calendar; calendar
-- months too. The average weighs each rate by its days of the period, the closing rate is
-- the last day's; in the current one up to the as-of date. Flows are translated at the
-- average, balances at the closing rate.
with

periods as (

    select
        entity_dates.period_month,
        entity_dates.period_end_date
    from {{ ref('dim_entity_dates') }} as entity_dates
    inner join {{ ref('dim_dates') }} as dates on entity_dates.date_day = dates.date_day

    union

    select
        period_month,
        {{ month_end('period_month') }} as period_end_date
    from {{ ref('dim_dates') }}

),

months as (
    select
        periods.period_month,
        periods.period_end_date,
        case
            when
                periods.period_month <= as_of.as_of_date
                and periods.period_end_date >= as_of.as_of_date
                then as_of.as_of_date
            else periods.period_end_date
        end as last_date
    from periods
    cross join {{ ref('dim_as_of') }} as as_of
),

rated as (
    select
        rates.from_currency_code,
        rates.to_currency_code,
        months.period_month,
        months.period_end_date,
        months.last_date,
        rates.valid_from,
        rates.too_old_from,
        rates.fx_rate,
        cast({{ dbt.datediff(
            'greatest(rates.valid_from, months.period_month)',
            'least(rates.valid_to, cast(' ~ dbt.dateadd('day', 1, 'months.last_date')
            ~ ' as date))', 'day'
        ) }} as integer) as days_count
    from {{ ref('dim_fx_rates') }} as rates
    inner join months
        on rates.valid_from <= months.last_date
        and rates.valid_to > months.period_month
)

select
    from_currency_code,
    to_currency_code,
    period_month,
    period_end_date,
    cast({{ ratio('sum(fx_rate * days_count)', 'sum(days_count)', 8) }} as decimal(18, 8))
        as average_rate,
    max_by(fx_rate, valid_from) as closing_rate,
    max(valid_from) as closing_rate_date,
    max_by(last_date >= too_old_from, valid_from) as is_closing_rate_too_old
from rated
group by from_currency_code, to_currency_code, period_month, period_end_date
