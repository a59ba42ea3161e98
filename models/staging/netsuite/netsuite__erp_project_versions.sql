-- Grain: one row per NetSuite job and version of it that was landed.
select
    versions.project_id,
    versions.project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_netsuite__project_versions') }} as versions
