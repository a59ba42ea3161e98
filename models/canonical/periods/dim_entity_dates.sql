-- Grain: one row per legal entity and day: the fiscal period that the day is in. It is the
-- ERP's, but for adjustment periods, whose days are another one's; where the ERP has none,
-- the one that policy makes, cut off where the ERP's begin and end.
with

days as (
    {{ every_day() }}
),

stated as (
    select
        periods.legal_entity_code,
        days.date_day,
        max(periods.start_date) as start_date
    from {{ ref('int_periods_stated') }} as periods
    inner join days
        on periods.start_date <= days.date_day
        and periods.end_date >= days.date_day
    where not periods.is_adjustment
    group by periods.legal_entity_code, days.date_day
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
    from {{ ref('int_periods_generated') }} as made
    inner join days
        on made.start_date <= days.date_day
        and made.end_date >= days.date_day
    left join stated
        on made.legal_entity_code = stated.legal_entity_code
        and days.date_day = stated.date_day
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
)

select
    legal_entity_code,
    date_day,
    period_month,
    max(date_day) over (partition by legal_entity_code, period_month) as period_end_date
from started
