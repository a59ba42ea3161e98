-- Grain: one row per ADP payroll run. NTC is «net complete»; any other status is a preview.
select
    runs.payroll_run_id,
    runs.payroll_group_code,
    runs.period_start_date,
    runs.period_end_date,
    runs.pay_date,
    coalesce(runs.status_code = 'NTC', false) as is_final,
    {{ role_lineage('runs') }}
from {{ ref('stg_adp__payroll_runs') }} as runs
