-- Grain: one row per customer account and version of it that was landed.
select
    versions.customer_id,
    cast(null as varchar) as parent_customer_id,
    versions.customer_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_oracle_fusion__customer_versions') }} as versions
