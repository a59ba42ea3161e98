-- Grain: one row per project and version of it that was landed; a template is none.
select
    versions.project_id,
    versions.project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_certinia__project_versions') }} as versions
where not coalesce(versions.is_pattern, false)
