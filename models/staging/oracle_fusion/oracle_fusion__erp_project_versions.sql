-- Grain: one row per project and version of it that was landed.
select
    versions.project_number as project_id,
    versions.project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_oracle_fusion__project_versions') }} as versions
