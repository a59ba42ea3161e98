-- Grain: one row per NetSuite customer and version of it that was landed.
select
    versions.customer_id,
    versions.parent_customer_id,
    versions.customer_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_netsuite__customer_versions') }} as versions
