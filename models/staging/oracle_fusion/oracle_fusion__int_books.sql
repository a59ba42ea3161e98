-- Grain: one row per legal entity that keeps books: those of the primary ledger that its
-- business units name. One whose units name several keeps them nowhere.
with

named as (
    select
        units.source_instance,
        units.legal_entity_id,
        min(units.ledger_id) as ledger_id
    from {{ ref('stg_oracle_fusion__business_units') }} as units
    where not units.is_deleted and units.ledger_id is not null
    group by units.source_instance, units.legal_entity_id
    having count(distinct units.ledger_id) = 1
)

select
    entities.source_instance,
    entities.legal_entity_id,
    entities.legal_entity_code,
    ledgers.ledger_id,
    ledgers.ledger_name,
    ledgers.currency_code
from {{ ref('stg_oracle_fusion__legal_entities') }} as entities
inner join named
    on entities.source_instance = named.source_instance
    and entities.legal_entity_id = named.legal_entity_id
inner join {{ ref('stg_oracle_fusion__ledgers') }} as ledgers
    on named.source_instance = ledgers.source_instance
    and named.ledger_id = ledgers.ledger_id
    and ledgers.ledger_category = 'PRIMARY'
