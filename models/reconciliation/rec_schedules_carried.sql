-- Controls I21, I22 and I23. Grain: one row per control and obligation or project: what
-- is left by canonical facts on the left, what the months or proposals carry on the
-- right. Any difference is a fault of this build, so it blocks publication.
with

backlog as (
    {{ first_of_each(
        ref('fct_backlog_monthly'), key=['obligation_key'], order=['period_month desc nulls last']
    ) }}
),

priced as (
    select
        backlog.obligation_key,
        backlog.contract_currency_code,
        backlog.signed_amount - backlog.recognised_to_date_amount as left_amount
    from backlog
    inner join {{ ref('dim_obligations') }} as obligations
        on backlog.obligation_key = obligations.obligation_key
    where
        obligations.revenue_method not in (
            'time_and_materials', 'time_and_materials_capped', 'cost_plus'
        )
),

estimates as (
    {{ first_of_each(
        ref('int_project_forecasts'), key=['project_key'], order=['period_month desc nulls last']
    ) }}
),

stacked as (

    -- I21: signed price = recognised + scheduled, where a method has a price
    select
        'I21' as control_id,
        obligation_key as difference_key,
        contract_currency_code as currency_code,
        left_amount,
        0 as right_amount
    from priced

    union all

    select
        'I21' as control_id,
        schedule.obligation_key as difference_key,
        schedule.contract_currency_code as currency_code,
        0 as left_amount,
        schedule.contract_scheduled_amount as right_amount
    from {{ ref('fct_revenue_schedule') }} as schedule
    inner join priced on schedule.obligation_key = priced.obligation_key

    union all

    -- I22: the estimate to complete falls in the months to come
    select
        'I22' as control_id,
        project_key as difference_key,
        currency_code,
        etc_amount as left_amount,
        0 as right_amount
    from estimates

    union all

    select
        'I22' as control_id,
        project_key as difference_key,
        currency_code,
        0 as left_amount,
        scheduled_cost_amount as right_amount
    from {{ ref('fct_monthly_forecasts') }}
    where eac_amount is not null

    union all

    -- I23: the marts carry what is scheduled and what is proposed
    select
        'I23' as control_id,
        'schedule|' || project_key as difference_key,
        currency_code,
        scheduled_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue_schedule') }}

    union all

    select
        'I23' as control_id,
        'schedule|' || project_key as difference_key,
        currency_code,
        0 as left_amount,
        scheduled_amount as right_amount
    from {{ ref('mart_revenue_schedule') }}

    union all

    select
        'I23' as control_id,
        'proposal|' || project_key as difference_key,
        currency_code,
        net_amount + coalesce(tax_amount, 0) as left_amount,
        0 as right_amount
    from {{ ref('fct_invoice_proposal_lines') }}

    union all

    select
        'I23' as control_id,
        'proposal|' || project_key as difference_key,
        currency_code,
        0 as left_amount,
        coalesce(gross_amount, net_amount) as right_amount
    from {{ ref('mart_invoice_proposals') }}

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
    coalesce(projects.project_code, obligations.project_code) as project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('dim_projects') }} as projects
    on replace(replace(summed.difference_key, 'schedule|', ''), 'proposal|', '')
    = projects.project_key
left join {{ ref('dim_obligations') }} as obligations
    on summed.difference_key = obligations.obligation_key
inner join {{ ref('int_control_applicability') }} as policies
    on summed.control_id = policies.control_id and policies.is_applicable
