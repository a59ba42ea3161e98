-- Grain: one row per project and month: opening + earned - billed = closing. A positive
-- closing is unbilled, a negative one deferred, both stated positive; net within a
-- project, never across projects.
with

activity as (
    select
        project_key,
        period_month,
        sum(recognised_amount) as earned_amount,
        sum(billed_amount) as billed_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

monthly as (
    select
        months.project_key,
        months.period_month,
        coalesce(activity.earned_amount, 0) as earned_amount,
        coalesce(activity.billed_amount, 0) as billed_amount
    from {{ ref('int_project_months') }} as months
    left join activity
        on months.project_key = activity.project_key
        and months.period_month = activity.period_month
),

cumulated as (
    select
        *,
        sum(earned_amount) over (
            partition by project_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as earned_to_date_amount,
        sum(billed_amount) over (
            partition by project_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as billed_to_date_amount
    from monthly
)

select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    projects.practice_code,
    projects.practice_name,
    projects.legal_entity_code,
    projects.contract_type,
    projects.revenue_method,
    projects.manager_name,
    cumulated.period_month,
    projects.currency_code,
    cast(
        cumulated.earned_to_date_amount - cumulated.billed_to_date_amount
        - cumulated.earned_amount + cumulated.billed_amount as decimal(18, 4)
    ) as opening_amount,
    cast(cumulated.earned_amount as decimal(18, 4)) as earned_amount,
    cast(cumulated.billed_amount as decimal(18, 4)) as billed_amount,
    cast(
        cumulated.earned_to_date_amount - cumulated.billed_to_date_amount
        as decimal(18, 4)
    ) as closing_amount,
    cast(cumulated.earned_to_date_amount as decimal(18, 4)) as earned_to_date_amount,
    cast(cumulated.billed_to_date_amount as decimal(18, 4)) as billed_to_date_amount,
    cast(
        greatest(cumulated.earned_to_date_amount - cumulated.billed_to_date_amount, 0)
        as decimal(18, 4)
    ) as unbilled_amount,
    cast(
        greatest(cumulated.billed_to_date_amount - cumulated.earned_to_date_amount, 0)
        as decimal(18, 4)
    ) as deferred_amount
from cumulated
inner join {{ ref('int_projects_labelled') }} as projects
    on cumulated.project_key = projects.project_key
