-- Grain: one row per Kantata role.
select
    kantata_roles.role_id,
    kantata_roles.role_name,
    {{ role_lineage('kantata_roles') }}
from {{ ref('stg_kantata__roles') }} as kantata_roles
