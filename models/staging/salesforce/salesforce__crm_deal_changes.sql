-- Grain: one row per Salesforce opportunity of the type that the organisation has for
-- amendments.
select
    opportunities.opportunity_id as deal_change_id,
    opportunities.amended_opportunity_id as amended_deal_id,
    nullif(trim(opportunities.obligation_code), '') as obligation_code,
    opportunities.opportunity_name as change_name,
    opportunities.modification_treatment as treatment,
    coalesce(opportunities.currency_code, nullif(upper(currencies.setting_value), ''))
        as currency_code,
    opportunities.effective_date,
    opportunities.service_end_date,
    opportunities.amount as price_change_amount,
    opportunities.cap_amount as cap_change_amount,
    opportunities.is_won,
    {{ role_lineage('opportunities') }}
from {{ ref('stg_salesforce__opportunities') }} as opportunities
inner join {{ ref('stg_landing__settings') }} as own_names
    on opportunities.source_instance = own_names.source_instance
    and own_names.setting = 'values.amendment'
left join {{ ref('stg_landing__settings') }} as currencies
    on opportunities.source_instance = currencies.source_instance
    and currencies.setting = 'values.currency'
where lower(trim(opportunities.opportunity_type)) = lower(own_names.setting_value)
