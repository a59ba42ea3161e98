-- Grain: one row per Workday worker, whose employee id is the firm's number of the person.
select
    workers.employee_id as worker_id,
    nullif(trim(workers.employee_id), '') as employee_number,
    workers.employee_pseudonym,
    workers.payroll_group_code,
    workers.payroll_file_pseudonym,
    workers.full_name,
    nullif(lower(trim(workers.work_email)), '') as work_email,
    workers.worker_type,
    workers.hire_date,
    workers.termination_date,
    workers.is_active,
    {{ role_lineage('workers') }}
from {{ ref('stg_workday__workers') }} as workers
