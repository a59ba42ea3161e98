{{ config(materialized='view') }}
-- Grain: one row per basis of cost, legal entity and period that has begun: the period that
-- takes what is learned of it now. That is itself, or the first one after it whose figures
-- are not kept; null where there is none yet. A period that is closed before it is over takes
-- nothing; one that is over takes what is known when it is first published as closed.
with

bases as (

    select 'actual' as cost_basis
    union all
    select 'standard' as cost_basis

),

periods as (
    select
        bases.cost_basis,
        periods.legal_entity_code,
        periods.period_month,
        case
            when
                closed.period_month is null
                and (not periods.is_closed or periods.period_end_date <= as_of.as_of_date)
                then periods.period_month
        end as open_month
    from {{ ref('dim_periods') }} as periods
    cross join {{ ref('dim_as_of') }} as as_of
    cross join bases
    left join {{ ref('int_periods_kept') }} as closed
        on bases.cost_basis = closed.cost_basis
        and periods.legal_entity_code = closed.legal_entity_code
        and periods.period_month = closed.period_month
    where periods.period_month <= as_of.as_of_date
)

select
    cast(cost_basis as varchar) as cost_basis,
    legal_entity_code,
    period_month,
    min(open_month) over (
        partition by cost_basis, legal_entity_code
        order by period_month nulls last
        rows between current row and unbounded following
    ) as taker_month
from periods
