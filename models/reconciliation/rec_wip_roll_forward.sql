-- Controls I14 and I15. Grain: one row per control and project; for I15 two per month, so
-- that one month's error is not netted against another's. Any difference is a fault of
-- this build, so it blocks publication.
with

wip as (
    select
        *,
        lag(closing_amount, 1, 0) over (
            partition by project_key order by period_month nulls last
        ) as closing_before_amount
    from {{ ref('mart_project_wip_monthly') }}
),

waiting as (
    {{ waiting_differences() }}
),

stacked as (

    -- I14: WIP ends where revenue and billing end, in contract currency, but for what waits
    -- for an open period
    select
        'I14' as control_id,
        project_key as difference_key,
        project_key,
        cast(null as date) as period_month,
        contract_currency_code as currency_code,
        contract_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue') }}

    union all

    select
        'I14' as control_id,
        project_key as difference_key,
        project_key,
        cast(null as date) as period_month,
        contract_currency_code as currency_code,
        -contract_billed_amount as left_amount,
        0 as right_amount
    from {{ ref('int_invoices_translated') }}
    where project_key is not null and not coalesce(is_to_come, false)

    union all

    select
        'I14' as control_id,
        project_key as difference_key,
        project_key,
        cast(null as date) as period_month,
        contract_currency_code as currency_code,
        contract_billed_amount - contract_recognised_amount as left_amount,
        0 as right_amount
    from waiting

    union all

    select
        'I14' as control_id,
        project_key as difference_key,
        project_key,
        cast(null as date) as period_month,
        contract_currency_code as currency_code,
        0 as left_amount,
        max_by(contract_closing_amount, period_month) as right_amount
    from wip
    group by project_key, contract_currency_code

    union all

    -- I15: a month opens where the one before closed …
    select
        'I15' as control_id,
        project_code || '|' || cast(period_month as varchar) || '|opening'
            as difference_key,
        project_key,
        period_month,
        currency_code,
        closing_before_amount as left_amount,
        opening_amount as right_amount
    from wip

    union all

    -- … and closes where its movements lead
    select
        'I15' as control_id,
        project_code || '|' || cast(period_month as varchar) || '|closing'
            as difference_key,
        project_key,
        period_month,
        currency_code,
        opening_amount + earned_amount - written_off_amount - billed_amount + fx_amount
            as left_amount,
        closing_amount as right_amount
    from wip

),

summed as (
    select
        control_id,
        difference_key,
        min(project_key) as project_key,
        min(period_month) as period_month,
        min(currency_code) as currency_code,
        coalesce(sum(left_amount), 0) as left_amount,
        coalesce(sum(right_amount), 0) as right_amount
    from stacked
    group by control_id, difference_key
)

select
    cast(summed.control_id as varchar) as control_id,
    summed.difference_key,
    projects.legal_entity_code,
    summed.period_month,
    projects.project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('dim_projects') }} as projects
    on summed.project_key = projects.project_key
left join {{ ref('control_policies') }} as policies
    on summed.control_id = policies.control_id
