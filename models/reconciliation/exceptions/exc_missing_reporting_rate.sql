-- What has no rate of exchange of its period to the reporting currency, so that it is not
-- known in that: a project's activity or its balance at the end, and what one legal entity
-- charges another. One row per project, or charge, and period.
with

untold as (

    select
        project_key,
        period_month,
        sum(recognised_amount) as amount
    from {{ ref('int_project_activity_daily') }}
    where {{ is_unreported() }}
    group by project_key, period_month

    union all

    select
        balances.project_key,
        balances.period_month,
        balances.closing_amount as amount
    from {{ ref('fct_contract_balances_monthly') }} as balances
    inner join {{ ref('dim_projects') }} as projects
        on balances.project_key = projects.project_key
    {{ join_period('periods', 'projects.legal_entity_code', 'balances.period_month') }}
    {{ join_reporting_rate(
        'reporting', 'balances.currency_code', 'periods', 'balances.period_month'
    ) }}
    where
        balances.closing_amount != 0
        and balances.currency_code != {{ reporting_currency() }}
        and reporting.closing_rate is null

),

stacked as (

    select
        projects.project_code as source_id,
        projects.legal_entity_code,
        untold.project_key,
        untold.period_month,
        max(untold.amount) as amount,
        projects.functional_currency_code as currency_code
    from untold
    inner join {{ ref('dim_projects') }} as projects
        on untold.project_key = projects.project_key
    group by
        projects.project_code,
        projects.legal_entity_code,
        untold.project_key,
        untold.period_month,
        projects.functional_currency_code

    union all

    select
        provider_entity_code || ' to ' || receiver_entity_code as source_id,
        provider_entity_code as legal_entity_code,
        cast(null as varchar) as project_key,
        provider_period_month as period_month,
        charge_amount as amount,
        currency_code
    from {{ ref('fct_intercompany_monthly') }}
    where reporting_charge_amount is null and charge_amount is not null

    union all

    select
        receiver_entity_code || ' from ' || provider_entity_code as source_id,
        receiver_entity_code as legal_entity_code,
        cast(null as varchar) as project_key,
        period_month,
        receiver_cost_amount as amount,
        receiver_currency_code as currency_code
    from {{ ref('fct_intercompany_monthly') }}
    where reporting_cost_amount is null and receiver_cost_amount is not null

)

select
    'missing_reporting_rate' as kind,
    stacked.source_id || ' in ' || cast(stacked.period_month as varchar)
    || ': no rate of exchange from ' || stacked.currency_code || ' to '
    || {{ reporting_currency() }} as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    stacked.source_id,
    stacked.legal_entity_code,
    stacked.project_key,
    stacked.period_month,
    stacked.amount,
    stacked.currency_code,
    stacked.period_month as since
from stacked
where stacked.period_month is not null and {{ has_rates() }}
