-- Grain: one row per legal entity, purpose, qualifier and account: which of its ledger
-- accounts is for what. An entity's own rows of a purpose replace those of «*».
with

purposes as (select * from {{ ref('account_purposes') }}),

own_purposes as (
    select distinct
        legal_entity_code,
        purpose
    from purposes
    where legal_entity_code != '*'
)

select
    legal_entities.legal_entity_code,
    purposes.purpose,
    purposes.qualifier,
    purposes.account_number
from {{ ref('dim_legal_entities') }} as legal_entities
inner join purposes
    on purposes.legal_entity_code in (legal_entities.legal_entity_code, '*')
left join own_purposes
    on legal_entities.legal_entity_code = own_purposes.legal_entity_code
    and purposes.purpose = own_purposes.purpose
where purposes.legal_entity_code != '*' or own_purposes.purpose is null
