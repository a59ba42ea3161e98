-- Grain: one row per Kantata project and version of it that was landed.
select
    versions.project_id,
    versions.project_title as project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_kantata__project_versions') }} as versions
