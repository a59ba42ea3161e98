{{ config(tags=['control'], severity='error', meta={'control_id': 'I20'}) }}
-- Legal entities whose policy states another currency or country than their ERP: without
-- the ERP the policy's would count.
select
    entities.legal_entity_code,
    entities.currency_code,
    policies.currency_code as policy_currency_code,
    entities.legal_entity_code || ' keeps its books in ' || entities.currency_code
    || ' in ' || coalesce(entities.country_code, 'no country') as message
from {{ ref('dim_legal_entities') }} as entities
inner join {{ ref('legal_entity_policies') }} as policies
    on entities.legal_entity_code = policies.legal_entity_code
where
    entities.currency_code != policies.currency_code
    or entities.country_code != policies.country_code
