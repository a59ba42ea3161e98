-- Control C05. Grain: one row per person any of the three systems knows and at least
-- one still has as active: in HR, in the PSA, in payroll. Contractors need no payroll, nor
-- does anybody before the first day.
with

workers as (
    select
        source_instance,
        worker_id,
        worker_type,
        hire_date,
        is_active
    from {{ ref('hr_workers') }}
    where not is_deleted
),

psa_people as (
    select
        source_system,
        source_instance,
        person_id,
        is_active
    from {{ ref('psa_people') }}
    where not is_deleted
),

payroll_people as (
    select
        source_instance,
        person_pseudonym,
        is_active
    from {{ ref('payroll_people') }}
    where not is_deleted
),

people as (
    select
        crosswalk.employee_number,
        crosswalk.payroll_group_code,
        crosswalk.payroll_file_pseudonym,
        crosswalk.psa_user_id,
        psa_people.source_system as psa_source_system,
        crosswalk.match_status as crosswalk_status,
        crosswalk.hr_employee_id is not null as is_in_hr,
        crosswalk.psa_user_id is not null as is_in_psa,
        crosswalk.payroll_pseudonym is not null as is_in_payroll,
        coalesce(workers.worker_type, 'employee') != 'contingent'
        and coalesce(workers.hire_date <= as_of.as_of_date, true) as is_paid,
        coalesce(workers.is_active, false)
        or coalesce(psa_people.is_active, false)
        or coalesce(payroll_people.is_active, false) as is_active
    from {{ ref('crosswalk_resources') }} as crosswalk
    cross join {{ ref('dim_as_of') }} as as_of
    left join workers
        on crosswalk.hr_source_instance = workers.source_instance
        and crosswalk.hr_employee_id = workers.worker_id
    left join psa_people
        on crosswalk.psa_source_instance = psa_people.source_instance
        and crosswalk.psa_user_id = psa_people.person_id
    left join payroll_people
        on crosswalk.payroll_source_instance = payroll_people.source_instance
        and crosswalk.payroll_pseudonym = payroll_people.person_pseudonym
),

current_assignments as (
    select
        resources.employee_number,
        max_by(assignments.legal_entity_code, assignments.valid_from) as legal_entity_code
    from {{ ref('dim_resource_assignments') }} as assignments
    inner join {{ ref('dim_resources') }} as resources
        on assignments.resource_key = resources.resource_key
    group by resources.employee_number
),

judged as (
    select
        people.*,
        case
            when people.crosswalk_status = 'ambiguous' then 'ambiguous'
            when not people.is_in_hr then 'missing_in_hr'
            when not people.is_in_psa then 'missing_in_psa'
            when not people.is_in_payroll and people.is_paid then 'missing_in_payroll'
            else 'matched'
        end as match_status
    from people
    where people.is_active
)

select
    cast('C05' as varchar) as control_id,
    case
        when judged.employee_number is not null then judged.employee_number
        when judged.is_in_payroll
            then
                'PAYROLL:' || coalesce(judged.payroll_group_code, '') || ':'
                || coalesce(judged.payroll_file_pseudonym, '')
        else 'PSA:' || judged.psa_user_id
    end as difference_key,
    current_assignments.legal_entity_code,
    cast(null as date) as period_month,
    cast(null as varchar) as project_code,
    judged.is_in_hr,
    judged.is_in_psa,
    judged.is_in_payroll,
    cast(null as decimal(18, 4)) as left_amount,
    cast(null as decimal(18, 4)) as right_amount,
    cast(null as decimal(18, 4)) as difference_amount,
    cast(null as varchar) as currency_code,
    judged.match_status,
    case when judged.match_status != 'matched' then judged.match_status end as reason,
    policies.owner,
    judged.psa_source_system || ':' || judged.psa_user_id as source_ids
from judged
left join current_assignments
    on judged.employee_number = current_assignments.employee_number
left join {{ ref('control_policies') }} as policies on policies.control_id = 'C05'
