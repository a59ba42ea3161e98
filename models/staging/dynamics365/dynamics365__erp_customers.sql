-- Grain: one row per customer: a party, which has an account in each company that bills it.
-- Its number is what they call it where all call it the same. Dynamics knows no customers
-- that are part of another: whom an invoice goes to is none.
with

accounts as (select * from {{ ref('stg_dynamics365__customers') }}),

numbered as (
    select
        source_instance,
        party_id,
        case when count(distinct customer_number) = 1 then min(customer_number) end
            as customer_number
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
    first_rows.party_id as customer_id,
    cast(null as varchar) as parent_customer_id,
    case
        when first_rows.is_deleted then first_rows.customer_number else numbered.customer_number
    end as customer_number,
    first_rows.customer_name,
    first_rows.currency_code,
    {{ role_lineage('first_rows') }}
from first_rows
left join numbered
    on first_rows.source_instance = numbered.source_instance
    and first_rows.party_id = numbered.party_id
