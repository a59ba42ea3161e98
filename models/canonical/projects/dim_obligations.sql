-- Grain: one row per performance obligation: each product of the won deal, or the whole
-- deal where it lists none. The price is shared out by what each cost alone when it was sold (ASC
-- 606-10-32-31), without a remainder; the method is Finance's, by project, entity or
-- contract. A cap is one for all that are capped, and stands on the first of them.
with

projects as (select * from {{ ref('dim_projects') }}),

lines as (
    select
        crosswalk.project_code,
        deal_lines.obligation_code,
        min(deal_lines.contract_type) as contract_type,
        min(deal_lines.line_name) as obligation_name,
        min(deal_lines.service_start_date) as service_start_date,
        max(deal_lines.service_end_date) as service_end_date,
        sum(deal_lines.included_hours) as included_hours,
        sum(
            coalesce(
                coalesce(alone.list_price_amount, deal_lines.list_price_amount)
                * deal_lines.quantity,
                deal_lines.total_price_amount
            )
        ) as alone_amount
    from {{ ref('crm_deal_lines') }} as deal_lines
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'crm'
        and deal_lines.source_instance = crosswalk.source_instance
        and deal_lines.deal_id = crosswalk.record_id
    left join {{ ref('int_stand_alone_prices') }} as alone
        on deal_lines.source_instance = alone.source_instance
        and deal_lines.deal_line_id = alone.deal_line_id
    where not deal_lines.is_deleted and deal_lines.obligation_code is not null
    group by crosswalk.project_code, deal_lines.obligation_code
),

stated as (
    select
        projects.project_key,
        projects.project_code,
        coalesce(lines.obligation_code, '01') as obligation_code,
        coalesce(lines.obligation_name, projects.project_name) as obligation_name,
        projects.legal_entity_code,
        coalesce(lines.contract_type, projects.contract_type) as contract_type,
        projects.contract_currency_code,
        projects.functional_currency_code as currency_code,
        coalesce(lines.service_start_date, projects.service_start_date)
            as service_start_date,
        coalesce(lines.service_end_date, projects.service_end_date) as service_end_date,
        cast(round(lines.included_hours * 60, 0) as bigint) as included_minutes,
        projects.price_amount,
        projects.cap_amount,
        projects.cap_currency_code,
        projects.fee_rate,
        projects.fee_ceiling_amount,
        {{ whole_weight('coalesce(lines.alone_amount, 0)') }} as alone_weight
    from projects
    left join lines on projects.project_code = lines.project_code
),

weighed as (
    select
        *,
        case
            when sum(alone_weight) over (partition by project_key) = 0 then 1
            else alone_weight
        end as weight,
        row_number() over (
            partition by project_key order by obligation_code nulls last
        ) = 1 as is_first
    from stated
),

priced as (
    {{ allocate_amount(
        'weighed', key=['project_key'], amount='price_amount', weight='weight',
        ties=['obligation_code'], currency='contract_currency_code'
    ) }}
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
    priced.contract_currency_code,
    priced.currency_code,
    priced.included_minutes,
    case when priced.is_first then priced.fee_rate end as fee_rate,
    cast(priced.allocated_amount as decimal(18, 4)) as price_amount,
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
