-- Grain: one row per Coupa expense line and version of it that was landed.
select
    versions.expense_report_id,
    versions.expense_line_id,
    versions.project_code,
    {{ role_lineage('versions') }}
from {{ ref('stg_coupa__expense_line_versions') }} as versions
