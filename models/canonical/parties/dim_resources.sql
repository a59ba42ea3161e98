-- Grain: one row per person with an employee number, employee or contractor. HR owns
-- people; who is in the PSA only is kept with what the PSA says. Of several records in a
-- role the crosswalk's master speaks.
with

masters as (
    select
        claimed_employee_number as employee_number,
        max(case when role = 'hr' and is_master then record_id end) as worker_id,
        max(case when role = 'hr' and is_master then source_instance end)
            as hr_source_instance,
        max(case when role = 'psa' and is_master then record_id end) as person_id,
        max(case when role = 'psa' and is_master then source_instance end)
            as psa_source_instance
    from {{ ref('crosswalk_resources') }}
    where claimed_employee_number is not null
    group by claimed_employee_number
)

select
    {{ entity_key('resource', ['masters.employee_number']) }} as resource_key,
    masters.employee_number,
    workers.hire_date,
    -- a worker who is gone from HR works no more from the day that this was seen
    coalesce(
        workers.termination_date,
        case when workers.is_deleted then cast(workers.landed_at as date) end
    ) as termination_date,
    coalesce(workers.full_name, psa_people.full_name) as resource_name,
    lower(coalesce(workers.work_email, psa_people.work_email)) as work_email,
    workers.worker_type,
    workers.payroll_group_code,
    coalesce(
        workers.is_active and not workers.is_deleted,
        psa_people.is_active and not psa_people.is_deleted,
        false
    )
        as is_active,
    'resource:' || masters.employee_number as correlation_id
from masters
left join {{ ref('hr_workers') }} as workers
    on masters.hr_source_instance = workers.source_instance
    and masters.worker_id = workers.worker_id
left join {{ ref('psa_people') }} as psa_people
    on masters.psa_source_instance = psa_people.source_instance
    and masters.person_id = psa_people.person_id
