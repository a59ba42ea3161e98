-- Grain: one row per project and day on which anything happened: hours, value, revenue,
-- billing and cost side by side. Weeks and months are exact sums of it.
with

projects as (select * from {{ ref('dim_projects') }}),

stacked as (

    select
        project_key,
        work_date as activity_date,
        sum(case when approval_status = 'approved' then worked_minutes else 0 end)
            as approved_minutes,
        sum(case when approval_status = 'pending' then worked_minutes else 0 end)
            as submitted_minutes,
        0 as standard_value_amount,
        0 as recognised_amount,
        0 as billed_amount,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount,
        0 as total_cost_amount
    from {{ ref('fct_time_entries') }}
    group by project_key, work_date

    union all

    select
        project_key,
        work_date as activity_date,
        0 as approved_minutes,
        0 as submitted_minutes,
        sum(standard_value_amount) as standard_value_amount,
        0 as recognised_amount,
        0 as billed_amount,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount,
        0 as total_cost_amount
    from {{ ref('fct_time_values') }}
    group by project_key, work_date

    union all

    select
        project_key,
        revenue_date as activity_date,
        0 as approved_minutes,
        0 as submitted_minutes,
        0 as standard_value_amount,
        sum(recognised_amount) as recognised_amount,
        0 as billed_amount,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount,
        0 as total_cost_amount
    from {{ ref('fct_revenue') }}
    group by project_key, revenue_date

    union all

    select
        project_key,
        invoice_date as activity_date,
        0 as approved_minutes,
        0 as submitted_minutes,
        0 as standard_value_amount,
        0 as recognised_amount,
        billed_amount,
        0 as labour_provisional_amount,
        0 as labour_actual_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount,
        0 as total_cost_amount
    from {{ ref('int_invoices_translated') }}

    union all

    select
        project_key,
        cost_date as activity_date,
        0 as approved_minutes,
        0 as submitted_minutes,
        0 as standard_value_amount,
        0 as recognised_amount,
        0 as billed_amount,
        labour_provisional_amount,
        labour_actual_amount,
        labour_cost_amount,
        subcontractor_accrual_amount,
        subcontractor_amount,
        expense_amount,
        total_cost_amount
    from {{ ref('fct_project_costs_daily') }}

)

select
    stacked.project_key,
    projects.project_code,
    stacked.activity_date,
    {{ month_start('stacked.activity_date') }} as period_month,
    {{ week_start('stacked.activity_date') }} as week_start_date,
    projects.functional_currency_code as currency_code,
    cast(sum(stacked.approved_minutes) as bigint) as approved_minutes,
    cast(sum(stacked.submitted_minutes) as bigint) as submitted_minutes,
    cast(coalesce(sum(stacked.standard_value_amount), 0) as decimal(18, 4))
        as standard_value_amount,
    cast(coalesce(sum(stacked.recognised_amount), 0) as decimal(18, 4))
        as recognised_amount,
    cast(coalesce(sum(stacked.billed_amount), 0) as decimal(18, 4)) as billed_amount,
    cast(coalesce(sum(stacked.labour_provisional_amount), 0) as decimal(18, 4))
        as labour_provisional_amount,
    cast(coalesce(sum(stacked.labour_actual_amount), 0) as decimal(18, 4))
        as labour_actual_amount,
    cast(coalesce(sum(stacked.labour_cost_amount), 0) as decimal(18, 4))
        as labour_cost_amount,
    cast(coalesce(sum(stacked.subcontractor_accrual_amount), 0) as decimal(18, 4))
        as subcontractor_accrual_amount,
    cast(coalesce(sum(stacked.subcontractor_amount), 0) as decimal(18, 4))
        as subcontractor_amount,
    cast(coalesce(sum(stacked.expense_amount), 0) as decimal(18, 4)) as expense_amount,
    cast(coalesce(sum(stacked.total_cost_amount), 0) as decimal(18, 4))
        as total_cost_amount
from stacked
inner join projects on stacked.project_key = projects.project_key
group by
    stacked.project_key,
    projects.project_code,
    stacked.activity_date,
    projects.functional_currency_code
