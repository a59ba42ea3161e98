-- Grain: one row per legal entity and fiscal period, without gaps or overlaps: those of
-- its ERP, and before and after them those that its policy makes. The ERP says which
-- quarter and year a period is in, else policy does. A fiscal year has the number of the
-- calendar year it ends in; if it ends in the first days of one, of the year before.
with

periods as (
    select distinct
        legal_entity_code,
        period_month,
        period_end_date
    from {{ ref('dim_entity_dates') }}
),

own_periods as (
    select * from {{ ref('int_periods_stated') }}
    where not is_adjustment
),

stated as (
    {{ first_of_each(
        'own_periods', key=['legal_entity_code', 'start_date'],
        order=['period_id nulls last']
    ) }}
),

placed as (
    select
        periods.*,
        stated.period_name,
        stated.closed_date,
        stated.quarter_start_date,
        coalesce(stated.is_closed, false) as is_closed,
        coalesce(stated.fiscal_year_start_date, made.fiscal_year_start_date)
            as fiscal_year_start_date,
        coalesce(stated.fiscal_year_end_date, made.fiscal_year_end_date)
            as fiscal_year_end_date
    from periods
    left join stated
        on periods.legal_entity_code = stated.legal_entity_code
        and periods.period_month = stated.start_date
    left join {{ ref('int_periods_generated') }} as made
        on periods.legal_entity_code = made.legal_entity_code
        and periods.period_end_date >= made.start_date
        and periods.period_end_date <= made.end_date
),

numbered as (
    select
        *,
        row_number() over (
            partition by legal_entity_code, fiscal_year_start_date
            order by period_month nulls last
        ) as period_no,
        row_number() over (
            partition by legal_entity_code order by period_month nulls last
        ) as period_index
    from placed
),

quartered as (
    select
        *,
        coalesce(
            quarter_start_date,
            min(period_month) over (
                partition by
                    legal_entity_code,
                    fiscal_year_start_date,
                    least(cast(floor((period_no - 1) / 3.0) as integer), 3)
            )
        ) as first_of_quarter
    from numbered
),

-- Periods of one length in all entities are the group's too.
shared as (
    select
        period_month,
        period_end_date,
        count(*) as entities_count
    from periods
    group by period_month, period_end_date
),

entities as (select count(distinct legal_entity_code) as entities_count from periods),

firm as (
    select min(shared.entities_count) = max(entities.entities_count) as is_one_calendar
    from shared
    cross join entities
)

select
    quartered.legal_entity_code,
    quartered.period_month,
    quartered.period_end_date,
    quartered.first_of_quarter as quarter_start_date,
    quartered.fiscal_year_start_date,
    quartered.closed_date,
    case
        when firm.is_one_calendar then quartered.period_month
        else {{ month_start('quartered.period_end_date') }}
    end as group_month,
    cast(year(
        cast({{ dbt.dateadd('day', -6, 'quartered.fiscal_year_end_date') }} as date)
    ) as integer) as fiscal_year,
    cast(dense_rank() over (
        partition by quartered.legal_entity_code, quartered.fiscal_year_start_date
        order by quartered.first_of_quarter nulls last
    ) as integer) as quarter_no,
    cast(quartered.period_no as integer) as period_no,
    cast(quartered.period_index as integer) as period_index,
    quartered.period_name,
    quartered.is_closed,
    quartered.period_month = {{ month_start('quartered.period_month') }}
    and quartered.period_end_date = {{ month_end('quartered.period_month') }}
        as is_calendar_month
from quartered
cross join firm
