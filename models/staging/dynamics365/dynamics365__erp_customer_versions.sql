-- Grain: one row per customer and version that was landed of the account that leads it.
select
    customers.customer_id,
    cast(null as varchar) as parent_customer_id,
    versions.customer_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_dynamics365__customer_versions') }} as versions
inner join {{ ref('dynamics365__erp_customers') }} as customers
    on versions.source_instance = customers.source_instance
    and versions.source_id = customers.source_id
