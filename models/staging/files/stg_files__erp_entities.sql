-- Grain: one row per company, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_entities')) }}
)

select
    entity_id,
    legal_entity_code,
    entity_name,
    country_code,
    currency_code,
    {{ lineage('files') }}
from source
