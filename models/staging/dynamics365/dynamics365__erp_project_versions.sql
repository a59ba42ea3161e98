-- Grain: one row per project and version of it that was landed.
select
    versions.project_id,
    versions.project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_dynamics365__project_versions') }} as versions
