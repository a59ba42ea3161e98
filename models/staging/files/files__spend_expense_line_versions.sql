-- Grain: one row per expense line and version of it that was landed.
select
    versions.expense_report_id,
    versions.expense_line_id,
    versions.project_code,
    {{ role_lineage('versions') }}
from {{ ref('stg_files__spend_expense_line_versions') }} as versions
