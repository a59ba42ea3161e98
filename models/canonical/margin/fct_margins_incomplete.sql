-- Grain: one row per project and period whose margin at standard cost is not complete: a
-- contractor was billed for what no approved hours explain, which no standard rate can
-- cost. Where revenue or a provision follows from what was estimated or spent to date, so
-- are the later periods that have any. At actual cost the bill is a cost, and there is none.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

bills as (
    select
        project_key,
        period_month
    from {{ ref('int_bills_without_hours') }}
    where (select basis.cost_basis from basis) = 'standard'
),

first_bills as (
    select
        project_key,
        min(period_month) as first_month
    from bills
    group by project_key
),

stacked as (

    select
        project_key,
        period_month,
        'bill_without_hours' as reason
    from bills

    union all

    select
        first_bills.project_key,
        daily.period_month,
        'earlier_bill_without_hours' as reason
    from first_bills
    inner join {{ ref('fct_project_activity_daily') }} as daily
        on first_bills.project_key = daily.project_key
        and first_bills.first_month < daily.period_month
    where
        (daily.recognised_amount != 0 or daily.loss_provision_amount != 0)
        and exists (
            select 1
            from {{ ref('dim_obligations') }} as obligations
            where
                obligations.project_key = first_bills.project_key
                and obligations.revenue_method not in (
                    'time_and_materials', 'cost_plus', 'none'
                )
        )

)

select
    stacked.project_key,
    projects.project_code,
    projects.legal_entity_code,
    stacked.period_month,
    min(stacked.reason) as reason
from stacked
inner join {{ ref('dim_projects') }} as projects
    on stacked.project_key = projects.project_key
group by
    stacked.project_key,
    projects.project_code,
    projects.legal_entity_code,
    stacked.period_month
