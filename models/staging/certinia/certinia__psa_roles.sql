-- Grain: one row per value that a resource's role may have: it is its own id.
select
    role_values.role_name as role_id,
    role_values.role_name,
    {{ role_lineage('role_values') }}
from {{ ref('stg_certinia__roles') }} as role_values
