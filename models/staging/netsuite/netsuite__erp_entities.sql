-- Grain: one row per NetSuite subsidiary; its external id is the firm's code.
select
    subsidiaries.subsidiary_id as entity_id,
    subsidiaries.legal_entity_code,
    subsidiaries.subsidiary_name as entity_name,
    subsidiaries.country_code,
    currencies.currency_code,
    {{ role_lineage('subsidiaries') }}
from {{ ref('stg_netsuite__subsidiaries') }} as subsidiaries
left join {{ ref('stg_netsuite__currencies') }} as currencies
    on subsidiaries.source_instance = currencies.source_instance
    and subsidiaries.currency_id = currencies.currency_id
