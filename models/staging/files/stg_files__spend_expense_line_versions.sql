-- Grain: one row per expense line, report it was on and version of it that was landed.
with

source as (
    select * from {{ source('files', 'spend_expense_lines') }}
)

select
    expense_line_id,
    expense_report_id,
    project_code,
    {{ lineage('files') }}
from source
