-- Grain: one row per project and month, as seen at its end. ETC is the planned cost of
-- allocations that start in a later month; EAC = cost to date + ETC.
with

stacked as (

    select
        project_key,
        period_month,
        0 as cost_amount,
        0 as planned_amount,
        1 as is_month
    from {{ ref('int_project_months') }}

    union all

    select
        project_key,
        period_month,
        total_cost_amount as cost_amount,
        0 as planned_amount,
        0 as is_month
    from {{ ref('fct_project_costs_daily') }}

    union all

    select
        project_key,
        {{ month_start('start_date') }} as period_month,
        0 as cost_amount,
        planned_cost_amount as planned_amount,
        0 as is_month
    from {{ ref('int_allocations_priced') }}

),

monthly as (
    select
        project_key,
        period_month,
        sum(cost_amount) as cost_amount,
        sum(planned_amount) as planned_amount,
        max(is_month) = 1 as is_month
    from stacked
    where project_key is not null
    group by project_key, period_month
),

cumulated as (
    select
        project_key,
        period_month,
        is_month,
        sum(cost_amount) over (
            partition by project_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as cost_to_date_amount,
        sum(planned_amount) over (partition by project_key)
        - sum(planned_amount) over (
            partition by project_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as etc_amount
    from monthly
)

select
    cumulated.project_key,
    cumulated.period_month,
    projects.functional_currency_code as currency_code,
    cast(cumulated.cost_to_date_amount as decimal(18, 4)) as cost_to_date_amount,
    cast(cumulated.etc_amount as decimal(18, 4)) as etc_amount,
    cast(cumulated.cost_to_date_amount + cumulated.etc_amount as decimal(18, 4))
        as eac_amount
from cumulated
left join {{ ref('dim_projects') }} as projects
    on cumulated.project_key = projects.project_key
where cumulated.is_month
