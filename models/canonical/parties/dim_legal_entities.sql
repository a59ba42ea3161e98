-- Grain: one row per legal entity, as the ERP's subsidiaries state them. A subsidiary
-- without a code only consolidates others and keeps no projects.
select
    {{ entity_key('legal_entity', ['subsidiaries.legal_entity_code']) }} as legal_entity_key,
    subsidiaries.legal_entity_code,
    subsidiaries.subsidiary_id as erp_subsidiary_id,
    subsidiaries.subsidiary_name as legal_entity_name,
    subsidiaries.country_code,
    currencies.currency_code,
    policies.region,
    policies.balance_basis,
    policies.annual_standard_hours,
    coalesce(policies.is_unbilled_monetary, false) as is_unbilled_monetary,
    {{ source_coordinates('subsidiaries') }}
from {{ ref('stg_netsuite__subsidiaries') }} as subsidiaries
left join {{ ref('stg_netsuite__currencies') }} as currencies
    on subsidiaries.source_instance = currencies.source_instance
    and subsidiaries.currency_id = currencies.currency_id
left join {{ ref('legal_entity_policies') }} as policies
    on subsidiaries.legal_entity_code = policies.legal_entity_code
where subsidiaries.legal_entity_code is not null and not subsidiaries.is_deleted
