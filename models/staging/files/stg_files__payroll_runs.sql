-- Grain: one row per run, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'payroll_runs')) }}
)

select
    payroll_run_id,
    payroll_group_code,
    period_start_date,
    period_end_date,
    pay_date,
    is_final,
    {{ lineage('files') }}
from source
