-- Grain: one row per S/4HANA business partner that is a customer. It is billed in the
-- currency of its sales areas, where they agree. Whose part it is is not read: SAP keeps
-- hierarchies of customers by sales area, so there is no one parent.
with

currencies as (
    select
        source_instance,
        customer_id,
        case when min(currency_code) = max(currency_code) then min(currency_code) end
            as currency_code
    from {{ ref('stg_s4hana__customer_sales_areas') }}
    where not is_deleted
    group by source_instance, customer_id
)

select
    partners.customer_id,
    cast(null as varchar) as parent_customer_id,
    partners.customer_id as customer_number,
    partners.partner_name as customer_name,
    currencies.currency_code,
    {{ role_lineage('partners') }}
from {{ ref('stg_s4hana__business_partners') }} as partners
left join currencies
    on partners.source_instance = currencies.source_instance
    and partners.customer_id = currencies.customer_id
where partners.customer_id is not null
