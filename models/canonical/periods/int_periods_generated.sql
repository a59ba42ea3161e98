-- Grain: one row per legal entity and period that its policy makes, from 1989 to 2090.
-- Periods of months begin on the day of the month that the year begins on. Years of weeks
-- begin on one weekday, the nearest to that day and month, so some have 53 weeks: the
-- last period takes the odd one.
with

years as (
    select
        legal_entities.legal_entity_code,
        legal_entities.fiscal_calendar,
        legal_entities.fiscal_year_begins,
        cast({{ dbt.dateadd(
            'year', '1989 + numbers.range - year(legal_entities.fiscal_year_begins)',
            'legal_entities.fiscal_year_begins'
        ) }} as date) as anniversary
    from {{ ref('dim_legal_entities') }} as legal_entities
    cross join range(102) as numbers
),

-- How many days after the anniversary, 0 to 6, the weekday of the first year is next.
weekdays as (
    select
        *,
        mod(
            7 + mod({{ dbt.datediff('anniversary', 'fiscal_year_begins', 'day') }}, 7), 7
        ) as days_after
    from years
),

begun as (
    select
        legal_entity_code,
        fiscal_calendar,
        case
            when fiscal_calendar = 'calendar_months' then anniversary
            else cast({{ dbt.dateadd(
                'day', 'case when days_after > 3 then days_after - 7 else days_after end',
                'anniversary'
            ) }} as date)
        end as fiscal_year_start_date
    from weekdays
),

bounded as (
    select
        *,
        cast({{ dbt.dateadd(
            'day', -1,
            'lead(fiscal_year_start_date) over ('
            ~ 'partition by legal_entity_code order by fiscal_year_start_date)'
        ) }} as date) as fiscal_year_end_date
    from begun
),

-- Of 12 periods three are a quarter; of 13 the last four are the last quarter.
numbered as (
    select
        bounded.*,
        numbers.range as periods_before,
        least(cast(floor(numbers.range / 3.0) as integer), 3) as quarters_before,
        cast(mod(numbers.range, 3) as integer) as months_before
    from bounded
    inner join range(13) as numbers
        on numbers.range < 12 or bounded.fiscal_calendar = '13_periods'
    where bounded.fiscal_year_end_date is not null
),

-- The weeks of a quarter's first and second month are the digits of the calendar's name.
counted as (
    select
        *,
        case fiscal_calendar
            when 'calendar_months' then 0
            when '13_periods' then 4 * periods_before
            else
                13 * quarters_before
                + case
                    when months_before > 0
                        then cast(substr(fiscal_calendar, 1, 1) as integer)
                    else 0
                end
                + case
                    when months_before > 1
                        then cast(substr(fiscal_calendar, 3, 1) as integer)
                    else 0
                end
        end as weeks_before
    from numbered
),

started as (
    select
        *,
        case
            when fiscal_calendar = 'calendar_months'
                then cast(
                    {{ dbt.dateadd('month', 'periods_before', 'fiscal_year_start_date') }}
                    as date
                )
            else cast(
                {{ dbt.dateadd('day', '7 * weeks_before', 'fiscal_year_start_date') }}
                as date
            )
        end as start_date
    from counted
)

select
    legal_entity_code,
    start_date,
    coalesce(
        cast({{ dbt.dateadd(
            'day', -1,
            'lead(start_date) over (partition by legal_entity_code order by start_date)'
        ) }} as date), fiscal_year_end_date
    ) as end_date,
    fiscal_year_start_date,
    fiscal_year_end_date
from started
