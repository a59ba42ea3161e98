-- Grain: one row per performance obligation: the products of the project's won deals by
-- their code, or the whole contract where they list none. Deals add up; what one that was
-- won later changes of an obligation is in fct_contract_modifications. The method is
-- Finance's, by project, entity or contract. A cap is one for all that are capped, and
-- stands on the first of them.
with

promised as (
    select
        project_key,
        project_code,
        obligation_code,
        contract_currency_code,
        min_by(obligation_name, deal_number) as obligation_name,
        min_by(contract_type, deal_number) as contract_type,
        min(service_start_date) as service_start_date,
        max(service_end_date) as service_end_date,
        cast(sum(included_minutes) as bigint) as included_minutes,
        {{ sum_if_known('price_amount') }} as price_amount
    from {{ ref('int_deal_obligations') }}
    where not is_change
    group by project_key, project_code, obligation_code, contract_currency_code
),

priced as (
    select
        promised.*,
        projects.legal_entity_code,
        projects.functional_currency_code as currency_code,
        projects.fee_rate,
        projects.cap_amount,
        projects.cap_currency_code,
        projects.fee_ceiling_amount,
        row_number() over (
            partition by promised.project_key
            order by promised.obligation_code nulls last
        ) = 1 as is_first
    from promised
    inner join {{ ref('dim_projects') }} as projects
        on promised.project_key = projects.project_key
)

select
    {{ entity_key('obligation', ['priced.project_code', 'priced.obligation_code']) }}
        as obligation_key,
    priced.project_key,
    priced.project_code,
    priced.obligation_code,
    priced.service_start_date,
    priced.service_end_date,
    priced.obligation_name,
    priced.legal_entity_code,
    priced.contract_type,
    coalesce(overrides.method, own_policies.method, policies.method) as revenue_method,
    coalesce(
        overrides.modification_treatment,
        own_policies.modification_treatment,
        policies.modification_treatment
    ) as modification_treatment,
    coalesce(
        overrides.straight_line_basis,
        own_policies.straight_line_basis,
        policies.straight_line_basis,
        'months'
    ) as straight_line_basis,
    cast(
        coalesce(
            overrides.recharge_mark_up_rate,
            own_policies.recharge_mark_up_rate,
            policies.recharge_mark_up_rate,
            0
        ) as decimal(9, 6)
    ) as recharge_mark_up_rate,
    coalesce(own_policies.no_estimate, policies.no_estimate, 'cost_recovery')
        as no_estimate,
    coalesce(own_policies.overdue_plan, policies.overdue_plan, 'carry') as overdue_plan,
    coalesce(
        overrides.fulfilment_cost,
        own_policies.fulfilment_cost,
        policies.fulfilment_cost,
        'as_incurred'
    ) as fulfilment_cost,
    priced.contract_currency_code,
    priced.currency_code,
    priced.included_minutes,
    case when priced.is_first then priced.fee_rate end as fee_rate,
    priced.price_amount,
    case
        when row_number() over capped_first = 1 then priced.cap_amount
    end as cap_amount,
    priced.cap_currency_code,
    case
        when
            coalesce(overrides.method, own_policies.method, policies.method)
            = 'time_and_materials_capped'
            then first_value(
                {{ entity_key('obligation', ['priced.project_code', 'priced.obligation_code']) }}
            ) over capped_first
        else {{ entity_key('obligation', ['priced.project_code', 'priced.obligation_code']) }}
    end as cap_obligation_key,
    case when priced.is_first then priced.fee_ceiling_amount end as fee_ceiling_amount,
    priced.is_first,
    'obligation:' || priced.project_code || ':' || priced.obligation_code as correlation_id
from priced
left join {{ ref('revenue_policy_overrides') }} as overrides
    on priced.project_code = overrides.project_code
    and priced.obligation_code = overrides.obligation_code
left join {{ ref('revenue_policies') }} as own_policies
    on priced.legal_entity_code = own_policies.legal_entity_code
    and priced.contract_type = own_policies.contract_type
left join {{ ref('revenue_policies') }} as policies
    on policies.legal_entity_code = '*'
    and priced.contract_type = policies.contract_type
window capped_first as (
    partition by priced.project_key
    order by
        case
            when
                coalesce(overrides.method, own_policies.method, policies.method)
                = 'time_and_materials_capped' then 0
            else 1
        end,
        priced.obligation_code nulls last
)
