-- Controls I11, I12 and I14. Grain: one row per control and payroll run or project: what
-- canonical facts say on the left, what carries it on the right. Any difference is a
-- fault of this build, so it blocks publication.
with

stacked as (

    -- I11: payroll of known people = labour spread over entries + bench
    select
        'I11' as control_id,
        payroll_run_id as difference_key,
        currency_code,
        payroll_cost_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_payroll_costs') }}
    where resource_key is not null

    union all

    select
        'I11' as control_id,
        payroll_run_id as difference_key,
        currency_code,
        0 as left_amount,
        home_actual_amount as right_amount
    from {{ ref('int_payroll_costs_spread') }}

    union all

    select
        'I11' as control_id,
        payroll_run_id as difference_key,
        currency_code,
        0 as left_amount,
        amount as right_amount
    from {{ ref('fct_bench_costs') }}

    union all

    -- I12: what the methods recognised = what the days carry, project by project
    select
        'I12' as control_id,
        project_key as difference_key,
        currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('int_revenue_capped') }}

    union all

    select
        'I12' as control_id,
        project_key as difference_key,
        currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('int_revenue_cost_to_cost') }}

    union all

    select
        'I12' as control_id,
        project_key as difference_key,
        currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('int_revenue_straight_line') }}

    union all

    select
        'I12' as control_id,
        project_key as difference_key,
        currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('int_revenue_cost_plus') }}

    union all

    select
        'I12' as control_id,
        project_key as difference_key,
        currency_code,
        0 as left_amount,
        recognised_amount as right_amount
    from {{ ref('fct_revenue') }}
    where
        revenue_method in (
            'time_and_materials_capped', 'cost_to_cost', 'straight_line', 'cost_plus'
        )

    union all

    -- I14: the WIP mart ends where revenue and billing end, project by project
    select
        'I14' as control_id,
        project_key as difference_key,
        currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue') }}

    union all

    select
        'I14' as control_id,
        project_key as difference_key,
        currency_code,
        -billed_amount as left_amount,
        0 as right_amount
    from {{ ref('int_invoices_translated') }}
    where project_key is not null

    union all

    select
        'I14' as control_id,
        project_key as difference_key,
        currency_code,
        0 as left_amount,
        max_by(unbilled_amount - deferred_amount, period_month) as right_amount
    from {{ ref('mart_project_wip_monthly') }}
    group by project_key, currency_code

),

summed as (
    select
        control_id,
        difference_key,
        min(currency_code) as currency_code,
        coalesce(sum(left_amount), 0) as left_amount,
        coalesce(sum(right_amount), 0) as right_amount
    from stacked
    group by control_id, difference_key
)

select
    cast(summed.control_id as varchar) as control_id,
    summed.difference_key,
    cast(null as varchar) as legal_entity_code,
    cast(null as date) as period_month,
    projects.project_code,
    cast(summed.left_amount as decimal(18, 4)) as left_amount,
    cast(summed.right_amount as decimal(18, 4)) as right_amount,
    cast(summed.left_amount - summed.right_amount as decimal(18, 4)) as difference_amount,
    summed.currency_code,
    case when summed.left_amount = summed.right_amount then 'matched' else 'amount_differs'
    end as match_status,
    case when summed.left_amount != summed.right_amount then 'total_not_carried' end
        as reason,
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('dim_projects') }} as projects
    on summed.difference_key = projects.project_key
left join {{ ref('control_policies') }} as policies
    on summed.control_id = policies.control_id
