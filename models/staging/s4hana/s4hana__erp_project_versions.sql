-- Grain: one row per S/4HANA project and version of it that was landed.
select
    versions.project_code as project_id,
    versions.project_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_s4hana__project_versions') }} as versions
