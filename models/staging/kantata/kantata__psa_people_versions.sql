-- Grain: one row per Kantata user and version of it that was landed.
select
    versions.user_id as person_id,
    versions.role_id,
    kantata_roles.role_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_kantata__user_versions') }} as versions
left join {{ ref('stg_kantata__roles') }} as kantata_roles
    on versions.source_instance = kantata_roles.source_instance
    and versions.role_id = kantata_roles.role_id
