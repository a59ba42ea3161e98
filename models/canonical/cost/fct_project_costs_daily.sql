-- Grain: one row per project and day that bears cost. The kinds of cost are stacked,
-- not joined, so that a day with one kind only keeps it.
with

projects as (select * from {{ ref('dim_projects') }}),

stacked as (

    select
        project_key,
        work_date as cost_date,
        provisional_amount as labour_provisional_amount,
        coalesce(actual_amount, 0) as labour_actual_amount,
        cost_amount as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount
    from {{ ref('fct_labour_costs') }}

    union all

    select
        project_key,
        cost_date,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        case when is_billed then 0 else cost_amount end as subcontractor_accrual_amount,
        cost_amount as subcontractor_amount,
        0 as expense_amount
    from {{ ref('fct_subcontractor_costs') }}

    union all

    select
        project_key,
        cost_date,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        cost_amount as expense_amount
    from {{ ref('fct_expense_costs') }}

),

summed as (
    select
        project_key,
        cost_date,
        coalesce(sum(labour_provisional_amount), 0) as labour_provisional_amount,
        coalesce(sum(labour_actual_amount), 0) as labour_actual_amount,
        coalesce(sum(labour_cost_amount), 0) as labour_cost_amount,
        coalesce(sum(subcontractor_accrual_amount), 0) as subcontractor_accrual_amount,
        coalesce(sum(subcontractor_amount), 0) as subcontractor_amount,
        coalesce(sum(expense_amount), 0) as expense_amount
    from stacked
    where project_key is not null
    group by project_key, cost_date
)

select
    summed.project_key,
    projects.project_code,
    summed.cost_date,
    {{ month_start('summed.cost_date') }} as period_month,
    {{ week_start('summed.cost_date') }} as week_start_date,
    projects.functional_currency_code as currency_code,
    cast(summed.labour_provisional_amount as decimal(18, 4))
        as labour_provisional_amount,
    cast(summed.labour_actual_amount as decimal(18, 4)) as labour_actual_amount,
    cast(summed.labour_cost_amount as decimal(18, 4)) as labour_cost_amount,
    cast(summed.subcontractor_accrual_amount as decimal(18, 4))
        as subcontractor_accrual_amount,
    cast(summed.subcontractor_amount as decimal(18, 4)) as subcontractor_amount,
    cast(summed.expense_amount as decimal(18, 4)) as expense_amount,
    cast(
        summed.labour_cost_amount + summed.subcontractor_amount + summed.expense_amount
        as decimal(18, 4)
    ) as total_cost_amount
from summed
left join projects on summed.project_key = projects.project_key
