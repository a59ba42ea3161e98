-- Grain: one row per person with an employee number, employee or contractor. HR owns
-- people; who is in the PSA only is kept with what the PSA says.
select
    {{ entity_key('resource', ['crosswalk.employee_number']) }} as resource_key,
    crosswalk.employee_number,
    crosswalk.hr_employee_pseudonym,
    crosswalk.payroll_pseudonym,
    crosswalk.psa_user_id,
    crosswalk.psa_source_instance,
    workers.hire_date,
    workers.termination_date,
    coalesce(workers.full_name, psa_people.full_name) as resource_name,
    lower(coalesce(workers.work_email, psa_people.work_email)) as work_email,
    workers.worker_type,
    crosswalk.payroll_group_code,
    coalesce(workers.is_active, psa_people.is_active, false) as is_active,
    'resource:' || crosswalk.employee_number as correlation_id
from {{ ref('crosswalk_resources') }} as crosswalk
left join {{ ref('hr_workers') }} as workers
    on crosswalk.hr_source_instance = workers.source_instance
    and crosswalk.hr_employee_id = workers.worker_id
left join {{ ref('psa_people') }} as psa_people
    on crosswalk.psa_source_instance = psa_people.source_instance
    and crosswalk.psa_user_id = psa_people.person_id
where crosswalk.employee_number is not null
