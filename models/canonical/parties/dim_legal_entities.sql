-- Grain: one row per legal entity, as the ERP's companies state them. One without a code
-- only consolidates others and keeps no projects.
select
    {{ entity_key('legal_entity', ['entities.legal_entity_code']) }} as legal_entity_key,
    entities.legal_entity_code,
    entities.entity_id as erp_subsidiary_id,
    entities.entity_name as legal_entity_name,
    entities.country_code,
    entities.currency_code,
    policies.region,
    policies.balance_basis,
    coalesce(policies.fiscal_calendar, 'calendar_months') as fiscal_calendar,
    coalesce(policies.fiscal_year_begins, date '2000-01-01') as fiscal_year_begins,
    policies.annual_standard_hours,
    coalesce(policies.is_unbilled_monetary, false) as is_unbilled_monetary,
    {{ source_coordinates('entities') }}
from {{ ref('erp_entities') }} as entities
left join {{ ref('legal_entity_policies') }} as policies
    on entities.legal_entity_code = policies.legal_entity_code
where entities.legal_entity_code is not null and not entities.is_deleted
