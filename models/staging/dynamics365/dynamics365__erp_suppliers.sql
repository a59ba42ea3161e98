-- Grain: one row per supplier: a party, which has an account in each company that buys of
-- it. Its number is what they call it where all call it the same.
with

accounts as (select * from {{ ref('stg_dynamics365__vendors') }}),

numbered as (
    select
        source_instance,
        party_id,
        case when count(distinct supplier_number) = 1 then min(supplier_number) end
            as supplier_number
    from accounts
    where not is_deleted
    group by source_instance, party_id
),

first_rows as (
    {{ first_of_each(
        'accounts', key=['source_instance', 'party_id'],
        order=['is_deleted asc nulls last', 'source_id asc nulls last']
    ) }}
)

select
    first_rows.party_id as supplier_id,
    case
        when first_rows.is_deleted then first_rows.supplier_number else numbered.supplier_number
    end as supplier_number,
    first_rows.supplier_name,
    {{ role_lineage('first_rows') }}
from first_rows
left join numbered
    on first_rows.source_instance = numbered.source_instance
    and first_rows.party_id = numbered.party_id
