-- Obligations whose method measures by a term that nobody states: they earn an unknown
-- amount.
select
    'missing_sold_terms' as kind,
    'obligation ' || obligations.obligation_code || ' of ' || obligations.project_code
    || ': ' || case
        when obligations.contract_type is null and deals.project_code is null
            then 'no won deal of its customer says what was sold'
        when obligations.contract_type is null then 'the deal says no type of contract'
        when obligations.revenue_method is null
            then
                'no method of revenue for contract type ' || obligations.contract_type
        when obligations.revenue_method = 'time_and_materials_capped' then 'no cap is stated'
        when obligations.revenue_method = 'cost_plus' then 'no fee is stated'
        when obligations.price_amount is null then 'no price is stated'
        when obligations.service_end_date < obligations.service_start_date
            then 'its service ends before it begins'
        else 'no days of service are stated'
    end as reason,
    deals.source_system,
    deals.source_instance,
    obligations.project_code || ' ' || obligations.obligation_code as source_id,
    obligations.legal_entity_code,
    obligations.project_key,
    cast(null as date) as period_month,
    obligations.price_amount as amount,
    obligations.contract_currency_code as currency_code,
    obligations.service_start_date as since
from {{ ref('dim_obligations') }} as obligations
left join {{ ref('crosswalk_projects') }} as deals
    on obligations.project_code = deals.project_code
    and deals.role = 'crm'
    and deals.is_master
where {{ lacks_terms('obligations') }} and {{ has_role('crm') }}
