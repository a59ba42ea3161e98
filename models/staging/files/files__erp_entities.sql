-- Grain: one row per company; each column is as its feed declares it.
select
    said.entity_id,
    said.legal_entity_code,
    said.entity_name,
    said.country_code,
    said.currency_code,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_entities') }} as said
