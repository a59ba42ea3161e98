-- Grain: one row per Salesforce opportunity that amends no other: it is not of the type
-- that the organisation has for amendments.
select
    opportunities.opportunity_id as deal_id,
    opportunities.account_id as customer_id,
    nullif(trim(opportunities.project_code), '') as project_code,
    opportunities.opportunity_name as deal_name,
    opportunities.contract_type,
    opportunities.legal_entity_code,
    opportunities.practice_code,
    coalesce(opportunities.currency_code, nullif(upper(currencies.setting_value), ''))
        as currency_code,
    opportunities.close_date,
    opportunities.service_start_date,
    opportunities.service_end_date,
    opportunities.amount as price_amount,
    opportunities.cap_amount,
    cast(null as varchar) as cap_currency_code,
    opportunities.fee_rate,
    opportunities.fee_ceiling_amount,
    cast(null as decimal(18, 4)) as target_cost_amount,
    cast(null as decimal(18, 6)) as customer_share_rate,
    opportunities.is_won,
    {{ role_lineage('opportunities') }}
from {{ ref('stg_salesforce__opportunities') }} as opportunities
left join {{ ref('stg_landing__settings') }} as own_names
    on opportunities.source_instance = own_names.source_instance
    and own_names.setting = 'values.amendment'
left join {{ ref('stg_landing__settings') }} as currencies
    on opportunities.source_instance = currencies.source_instance
    and currencies.setting = 'values.currency'
where
    not coalesce(
        lower(trim(opportunities.opportunity_type)) = lower(own_names.setting_value),
        false
    )
