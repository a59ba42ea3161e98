-- Grain: one row per resource and version of it that was landed.
select
    versions.contact_id as person_id,
    versions.role_name as role_id,
    versions.role_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_certinia__contact_versions') }} as versions
