-- Grain: one row per Workday worker, whose employee id is the firm's number of the person.
-- A contingent worker is one by name or by reference id. Of who works here, a last day before
-- the first is that of an employment before. Whose hire was taken back is as good as deleted.
select
    workers.employee_id as worker_id,
    nullif(trim(workers.employee_id), '') as employee_number,
    workers.employee_pseudonym,
    workers.payroll_group_code,
    workers.payroll_file_pseudonym,
    workers.full_name,
    nullif(lower(trim(workers.work_email)), '') as work_email,
    case
        when workers.worker_type in ('contingent worker', 'contingent_worker')
            then 'contingent'
        else workers.worker_type
    end as worker_type,
    workers.hire_date,
    case
        when
            not workers.is_active
            or workers.hire_date is null
            or workers.termination_date >= workers.hire_date
            then workers.termination_date
    end as termination_date,
    workers.is_active,
    workers.source_system,
    workers.source_instance,
    workers.source_id,
    workers.source_version,
    workers.is_deleted or coalesce(workers.is_hire_rescinded, false) as is_deleted,
    workers.source_updated_at,
    workers.landed_at
from {{ ref('stg_workday__workers') }} as workers
