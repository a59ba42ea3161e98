-- Grain: one row per obligation and month with service days after the as-of date. Where
-- service is over, or nobody says when it ends, the as-of month stands for what is left.
with

months as (
    {{ months_of_calendars() }}
),

spans as (
    select
        in_force.obligation_key,
        in_force.project_key,
        coalesce(legal_entities.legal_entity_code, '-') as calendar_code,
        greatest(
            coalesce(in_force.service_start_date, in_force.as_of_date),
            cast({{ dbt.dateadd('day', 1, 'in_force.as_of_date') }} as date)
        ) as first_date,
        in_force.service_end_date as last_date,
        in_force.straight_line_basis,
        coalesce(in_force.service_start_date, in_force.as_of_date) as service_start_date
    from {{ ref('int_obligations_in_force') }} as in_force
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on in_force.legal_entity_code = legal_entities.legal_entity_code
    where in_force.service_end_date > in_force.as_of_date
),

days as (

    select
        spans.obligation_key,
        spans.project_key,
        months.period_month,
        cast({{ dbt.datediff(
            'greatest(spans.first_date, months.period_month)',
            'least(spans.last_date, months.period_end_date)', 'day'
        ) }} + 1 as bigint) as days_count,
        cast(round(
            {{ service_over(
                'spans.straight_line_basis', 'spans.service_start_date', 'spans.last_date',
                'months.period_end_date'
            ) }}
            - {{ service_over(
                'spans.straight_line_basis', 'spans.service_start_date', 'spans.last_date',
                day_before('greatest(spans.first_date, months.period_month)')
            ) }}, 0
        ) as bigint) as service_count
    from spans
    inner join months
        on spans.calendar_code = months.calendar_code
        and spans.first_date <= months.period_end_date
        and spans.last_date >= months.period_month

    union all

    select
        obligation_key,
        project_key,
        first_month as period_month,
        cast(1 as bigint) as days_count,
        cast(1 as bigint) as service_count
    from {{ ref('int_obligations_in_force') }}
    where coalesce(service_end_date <= as_of_date, true)

)

select
    obligation_key,
    project_key,
    period_month,
    days_count,
    service_count,
    row_number() over (
        partition by obligation_key order by period_month desc nulls last
    ) = 1 as is_last
from days
