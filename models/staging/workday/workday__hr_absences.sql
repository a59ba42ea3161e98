-- Grain: one row per Workday absence entry. What is denied vanishes there.
select
    absences.absence_id,
    absences.employee_id as worker_id,
    nullif(trim(absences.employee_id), '') as employee_number,
    absences.absence_date,
    absences.absence_hours,
    absences.absence_type,
    case when absences.status in ('approved', 'submitted') then absences.status end
        as approval_status,
    {{ role_lineage('absences') }}
from {{ ref('stg_workday__absences') }} as absences
