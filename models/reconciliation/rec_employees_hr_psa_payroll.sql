-- Control C05. Grain: one row per person any of the three systems knows and at least
-- one still has as active: in HR, in the PSA, in payroll. Contractors need no payroll, nor
-- does anybody before the first day.
with

doubtful as (
    select distinct claimed_employee_number from {{ ref('crosswalk_resources') }}
    where match_status = 'ambiguous'
),

records as (
    select
        crosswalk.role,
        crosswalk.source_system,
        crosswalk.source_instance,
        crosswalk.record_id,
        crosswalk.employee_number,
        crosswalk.match_status = 'ambiguous'
        or doubtful.claimed_employee_number is not null as is_doubtful,
        case when crosswalk.is_master then workers.worker_type end as worker_type,
        case when crosswalk.is_master then workers.hire_date end as hire_date,
        case
            when crosswalk.employee_number is not null then crosswalk.employee_number
            when crosswalk.role = 'payroll'
                then
                    'PAYROLL:' || crosswalk.source_instance || ':'
                    || coalesce(payroll_people.payroll_group_code, '') || ':'
                    || coalesce(payroll_people.payroll_file_pseudonym, '')
            else
                upper(crosswalk.role) || ':' || crosswalk.source_instance || ':'
                || crosswalk.record_id
        end as difference_key,
        coalesce(workers.is_active, psa_people.is_active, payroll_people.is_active, false)
            as is_active
    from {{ ref('crosswalk_resources') }} as crosswalk
    left join doubtful
        on crosswalk.employee_number = doubtful.claimed_employee_number
    left join {{ ref('hr_workers') }} as workers
        on crosswalk.role = 'hr'
        and crosswalk.source_instance = workers.source_instance
        and crosswalk.record_id = workers.worker_id
    left join {{ ref('psa_people') }} as psa_people
        on crosswalk.role = 'psa'
        and crosswalk.source_instance = psa_people.source_instance
        and crosswalk.record_id = psa_people.person_id
    left join {{ ref('payroll_people') }} as payroll_people
        on crosswalk.role = 'payroll'
        and crosswalk.source_instance = payroll_people.source_instance
        and crosswalk.record_id = payroll_people.person_pseudonym
    where crosswalk.match_status != 'deleted'
),

people as (
    select
        difference_key,
        employee_number,
        max(case when role = 'hr' then 1 else 0 end) = 1 as is_in_hr,
        max(case when role = 'psa' then 1 else 0 end) = 1 as is_in_psa,
        max(case when role = 'payroll' then 1 else 0 end) = 1 as is_in_payroll,
        max(case when is_doubtful then 1 else 0 end) = 1 as is_doubtful,
        max(case when is_active then 1 else 0 end) = 1 as is_active,
        coalesce(max(worker_type), 'employee') as worker_type,
        max(hire_date) as hire_date,
        {{ dbt.listagg(
            "case when role = 'psa' then source_system || ':' || source_instance || ':'"
            ~ " || record_id end",
            "', '",
            'order by source_instance, record_id'
        ) }} as source_ids
    from records
    group by difference_key, employee_number
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
            when people.is_doubtful then 'ambiguous'
            when not people.is_in_hr then 'missing_in_hr'
            when not people.is_in_psa and {{ has_role('psa') }} then 'missing_in_psa'
            when
                not people.is_in_payroll
                and people.worker_type != 'contingent'
                and coalesce(people.hire_date <= as_of.as_of_date, true)
                and {{ has_role('payroll') }}
                then 'missing_in_payroll'
            else 'matched'
        end as match_status
    from people
    cross join {{ ref('dim_as_of') }} as as_of
    where people.is_active
)

select
    cast('C05' as varchar) as control_id,
    judged.difference_key,
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
    judged.source_ids
from judged
left join current_assignments
    on judged.employee_number = current_assignments.employee_number
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C05' and policies.is_applicable
