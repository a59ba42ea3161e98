-- Grain: one row per providing and receiving legal entity and range of days, half-open.
-- A provider's rows that name the receiver win over its rows for «*».
with

pairs as (
    select
        providers.legal_entity_code as provider_entity_code,
        receivers.legal_entity_code as receiver_entity_code,
        providers.currency_code
    from {{ ref('dim_legal_entities') }} as providers
    inner join {{ ref('dim_legal_entities') }} as receivers
        on providers.legal_entity_code != receivers.legal_entity_code
),

policies as (select * from {{ ref('transfer_price_policies') }}),

named as (
    select distinct
        provider_entity_code,
        receiver_entity_code
    from policies
    where receiver_entity_code != '*'
)

select
    pairs.provider_entity_code,
    pairs.receiver_entity_code,
    policies.valid_from,
    {{ open_end('policies.valid_to') }} as valid_to,
    policies.method as transfer_price_method,
    pairs.currency_code,
    policies.rate as transfer_rate
from pairs
left join named
    on pairs.provider_entity_code = named.provider_entity_code
    and pairs.receiver_entity_code = named.receiver_entity_code
inner join policies
    on pairs.provider_entity_code = policies.provider_entity_code
    and coalesce(named.receiver_entity_code, '*') = policies.receiver_entity_code
