-- Grain: one row per legal entity and day: the fiscal period that the day is in. It is the
-- ERP's, but for adjustment periods, whose days are another one's; where the ERP has none,
-- the one that policy makes, cut off where the ERP's begin and end. Most of a century is
-- of periods of which the ERP says nothing: their days are counted, without comparing.
with

days as (
    {{ every_day() }}
),

horizon as (
    select
        min(date_day) as first_date,
        max(date_day) as last_date
    from days
),

own_periods as (
    select * from {{ ref('int_periods_stated') }}
    where not is_adjustment
),

stated as (
    select
        own_periods.legal_entity_code,
        days.date_day,
        max(own_periods.start_date) as start_date
    from own_periods
    inner join days
        on own_periods.start_date <= days.date_day
        and own_periods.end_date >= days.date_day
    group by own_periods.legal_entity_code, days.date_day
),

made as (
    select
        made.legal_entity_code,
        made.start_date,
        made.end_date,
        count(own_periods.start_date) > 0 as is_met
    from {{ ref('int_periods_generated') }} as made
    left join own_periods
        on made.legal_entity_code = own_periods.legal_entity_code
        and made.start_date <= own_periods.end_date
        and made.end_date >= own_periods.start_date
    group by made.legal_entity_code, made.start_date, made.end_date
),

placed as (
    select
        made.legal_entity_code,
        days.date_day,
        stated.start_date as stated_date,
        made.start_date as generated_date,
        max(stated.date_day) over (
            partition by made.legal_entity_code order by days.date_day nulls last
            rows between unbounded preceding and current row
        ) as last_stated_date
    from made
    inner join days
        on made.start_date <= days.date_day
        and made.end_date >= days.date_day
    left join stated
        on made.legal_entity_code = stated.legal_entity_code
        and days.date_day = stated.date_day
    where made.is_met
),

started as (
    select
        *,
        case
            when stated_date is not null then stated_date
            when last_stated_date >= generated_date
                then cast({{ dbt.dateadd('day', 1, 'last_stated_date') }} as date)
            else generated_date
        end as period_month
    from placed
),

-- No period is longer than a year.
counted as (
    select
        made.*,
        cast({{ dbt.dateadd('day', 'numbers.range', 'made.start_date') }} as date)
            as date_day
    from made
    inner join range(366) as numbers
        on {{ dbt.datediff('made.start_date', 'made.end_date', 'day') }} >= numbers.range
    where not made.is_met
)

select
    legal_entity_code,
    date_day,
    period_month,
    max(date_day) over (partition by legal_entity_code, period_month) as period_end_date
from started
union all
select
    counted.legal_entity_code,
    counted.date_day,
    counted.start_date as period_month,
    least(counted.end_date, horizon.last_date) as period_end_date
from counted
cross join horizon
where counted.date_day between horizon.first_date and horizon.last_date
