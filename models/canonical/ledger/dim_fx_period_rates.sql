-- Grain: one row per currency pair and month. The average weighs each rate by its days of
-- the month, the closing rate is the last day's; in the current month up to the as-of
-- date. Flows are translated at the average, balances at the closing rate.
with

months as (
    select
        dates.period_month,
        case
            when dates.period_month = {{ month_start('as_of.as_of_date') }}
                then as_of.as_of_date
            else cast({{ month_end('dates.period_month') }} as date)
        end as last_date
    from (select distinct period_month from {{ ref('dim_dates') }}) as dates
    cross join {{ ref('dim_as_of') }} as as_of
),

rated as (
    select
        rates.from_currency_code,
        rates.to_currency_code,
        months.period_month,
        rates.valid_from,
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
    cast({{ ratio('sum(fx_rate * days_count)', 'sum(days_count)', 8) }} as decimal(18, 8))
        as average_rate,
    max_by(fx_rate, valid_from) as closing_rate
from rated
group by from_currency_code, to_currency_code, period_month
