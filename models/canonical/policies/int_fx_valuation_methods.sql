-- Grain: one row per legal entity and type of monetary item: how it is valued at the end of
-- a period. What policy says of the entity wins, then of the type.
with

item_types as (
    select cast('receivable' as varchar) as item_type
    union all
    select 'payable' as item_type
    union all
    select 'unbilled_receivable' as item_type
),

candidates as (
    select
        legal_entities.legal_entity_code,
        item_types.item_type,
        policies.method,
        row_number() over (
            partition by legal_entities.legal_entity_code, item_types.item_type
            order by
                case when policies.legal_entity_code = '*' then 1 else 0 end,
                case when policies.item_type = '*' then 1 else 0 end
        ) as preference
    from {{ ref('dim_legal_entities') }} as legal_entities
    cross join item_types
    left join {{ ref('fx_valuation_policies') }} as policies
        on policies.legal_entity_code in (legal_entities.legal_entity_code, '*')
        and policies.item_type in (item_types.item_type, '*')
)

select
    legal_entity_code,
    item_type,
    cast(coalesce(method, 'standard') as varchar) as valuation_method
from candidates
where preference = 1
