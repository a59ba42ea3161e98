-- Controls I11, I12 and I17. Grain: one row per control and payroll run, obligation or
-- entity's month: what canonical facts say on the left, what carries it on the right. Any
-- difference is a fault of this build, so it blocks publication.
with

stacked as (

    -- I11: payroll of known people = its spread over work, paid absence and bench
    select
        'I11' as control_id,
        source_instance || ':' || payroll_run_id as difference_key,
        currency_code,
        payroll_cost_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_payroll_costs') }}
    where resource_key is not null

    union all

    select
        'I11' as control_id,
        source_instance || ':' || payroll_run_id as difference_key,
        currency_code,
        0 as left_amount,
        home_payroll_amount as right_amount
    from {{ ref('int_payroll_costs_spread') }}

    union all

    -- I12: what the methods recognised = what the days carry, obligation by obligation
    select
        'I12' as control_id,
        obligation_key as difference_key,
        contract_currency_code as currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue_over_time') }}

    union all

    select
        'I12' as control_id,
        obligation_key as difference_key,
        contract_currency_code as currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue_capped') }}

    union all

    select
        'I12' as control_id,
        obligation_key as difference_key,
        contract_currency_code as currency_code,
        recognised_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_revenue_cost_plus') }}

    union all

    select
        'I12' as control_id,
        obligation_key as difference_key,
        contract_currency_code as currency_code,
        0 as left_amount,
        contract_amount as right_amount
    from {{ ref('fct_revenue') }}
    where source_id like 'month:%'

    union all

    -- I17: overhead of the ledger = what projects bear of it and what nobody does
    select
        'I17' as control_id,
        gl_entries.legal_entity_code || '|' || cast(gl_entries.period_month as varchar)
            as difference_key,
        gl_entries.currency_code,
        gl_entries.net_amount as left_amount,
        0 as right_amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_account_purposes') }} as purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'overhead'

    union all

    select
        'I17' as control_id,
        legal_entity_code || '|' || cast(period_month as varchar) as difference_key,
        currency_code,
        0 as left_amount,
        overhead_amount as right_amount
    from {{ ref('fct_overhead_allocations') }}

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
    obligations.project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('dim_obligations') }} as obligations
    on summed.difference_key = obligations.obligation_key
inner join {{ ref('int_control_applicability') }} as policies
    on summed.control_id = policies.control_id and policies.is_applicable
