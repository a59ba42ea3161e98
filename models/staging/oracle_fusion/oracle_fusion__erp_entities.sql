-- Grain: one row per legal entity. One without books only consolidates others, so it has no
-- code; its country is not known here, policy states it.
select
    entities.legal_entity_id as entity_id,
    case when books.ledger_id is not null then entities.legal_entity_code end
        as legal_entity_code,
    entities.legal_entity_name as entity_name,
    cast(null as varchar) as country_code,
    books.currency_code,
    {{ role_lineage('entities') }}
from {{ ref('stg_oracle_fusion__legal_entities') }} as entities
left join {{ ref('oracle_fusion__int_books') }} as books
    on entities.source_instance = books.source_instance
    and entities.legal_entity_id = books.legal_entity_id
