-- Grain: one row per run; each column is as its feed declares it.
select
    said.payroll_run_id,
    said.payroll_group_code,
    said.period_start_date,
    said.period_end_date,
    said.pay_date,
    said.is_final,
    {{ role_lineage('said') }}
from {{ ref('stg_files__payroll_runs') }} as said
