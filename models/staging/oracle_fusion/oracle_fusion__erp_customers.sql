-- Grain: one row per customer account. Neither its parent nor its currency is known here:
-- the first is a hierarchy of parties, the second a profile of each site.
select
    customers.customer_id,
    cast(null as varchar) as parent_customer_id,
    customers.customer_number,
    customers.customer_name,
    cast(null as varchar) as currency_code,
    {{ role_lineage('customers') }}
from {{ ref('stg_oracle_fusion__customers') }} as customers
