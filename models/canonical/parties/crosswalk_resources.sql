-- Grain: one row per employee number, and one per PSA user or payroll record linked
-- to none. HR owns the number; a PSA user states it, or shares the work e-mail; a
-- payroll record shares group and file number. A doubtful link is no link.
with

overrides as (
    select * from {{ ref('crosswalk_overrides') }}
    where entity_type = 'resource'
),

workers as (
    select
        source_instance,
        worker_id,
        employee_number,
        employee_pseudonym,
        work_email,
        payroll_group_code,
        payroll_file_pseudonym
    from {{ ref('hr_workers') }}
    where not is_deleted
),

emails as (
    select
        work_email,
        max(employee_number) as employee_number,
        count(*) as people_count
    from workers
    where work_email is not null
    group by work_email
),

payroll_files as (
    select
        payroll_group_code,
        payroll_file_pseudonym,
        max(employee_number) as employee_number,
        count(*) as people_count
    from workers
    where payroll_file_pseudonym is not null
    group by payroll_group_code, payroll_file_pseudonym
),

records as (
    select
        'psa' as side,
        psa_people.source_system,
        psa_people.source_instance,
        psa_people.person_id as record_id,
        cast(null as varchar) as payroll_group_code,
        cast(null as varchar) as payroll_file_pseudonym,
        case
            when psa_people.employee_number is not null then psa_people.employee_number
            when emails.people_count = 1 then emails.employee_number
        end as employee_number,
        case
            when psa_people.employee_number is not null then 'employee_id'
            when emails.people_count = 1 then 'work_email'
        end as match_rule,
        psa_people.employee_number is null
        and coalesce(emails.people_count, 0) > 1 as is_ambiguous
    from {{ ref('psa_people') }} as psa_people
    left join emails on psa_people.work_email = emails.work_email
    where not psa_people.is_deleted

    union all

    select
        'payroll' as side,
        payroll_people.source_system,
        payroll_people.source_instance,
        payroll_people.person_pseudonym as record_id,
        payroll_people.payroll_group_code,
        payroll_people.payroll_file_pseudonym,
        case when payroll_files.people_count = 1 then payroll_files.employee_number end
            as employee_number,
        case when payroll_files.people_count = 1 then 'payroll_file' end as match_rule,
        coalesce(payroll_files.people_count, 0) > 1 as is_ambiguous
    from {{ ref('payroll_people') }} as payroll_people
    left join payroll_files
        on payroll_people.payroll_group_code = payroll_files.payroll_group_code
        and payroll_people.payroll_file_pseudonym = payroll_files.payroll_file_pseudonym
    where not payroll_people.is_deleted
),

decided as (
    select
        records.side,
        records.source_instance,
        records.record_id,
        records.payroll_group_code,
        records.payroll_file_pseudonym,
        coalesce(overrides.canonical_id, records.employee_number) as employee_number,
        case when overrides.canonical_id is null then records.match_rule else 'override' end
            as match_rule,
        overrides.canonical_id is null and records.is_ambiguous as is_ambiguous
    from records
    left join overrides
        on records.source_system = overrides.source_system
        and records.source_instance = overrides.source_instance
        and records.record_id = overrides.source_id
),

claimed as (
    select
        *,
        count(*) over (partition by side, employee_number) as claims_count
    from decided
),

numbers as (
    select employee_number from workers
    where employee_number is not null
    union distinct
    select employee_number from claimed
    where employee_number is not null
),

linked as (
    select
        employee_number,
        max(case when side = 'psa' and claims_count = 1 then record_id end) as psa_user_id,
        max(case when side = 'psa' and claims_count = 1 then source_instance end)
            as psa_source_instance,
        max(case when side = 'psa' then match_rule end) as psa_match_rule,
        max(case when side = 'payroll' and claims_count = 1 then record_id end)
            as payroll_pseudonym,
        max(case when side = 'payroll' and claims_count = 1 then source_instance end)
            as payroll_source_instance,
        max(case when side = 'payroll' then match_rule end) as payroll_match_rule,
        max(claims_count) as claims_count,
        count(distinct side) as sides_count
    from claimed
    where employee_number is not null
    group by employee_number
)

select
    numbers.employee_number,
    workers.worker_id as hr_employee_id,
    workers.employee_pseudonym as hr_employee_pseudonym,
    workers.source_instance as hr_source_instance,
    linked.psa_user_id,
    linked.psa_source_instance,
    linked.payroll_pseudonym,
    linked.payroll_source_instance,
    workers.payroll_group_code,
    workers.payroll_file_pseudonym,
    numbers.employee_number as claimed_employee_number,
    case
        when linked.claims_count > 1 then 'ambiguous'
        when workers.employee_number is not null and linked.sides_count > 0 then 'matched'
        when linked.sides_count > 1 then 'matched'
        else 'unmatched'
    end as match_status,
    coalesce(linked.psa_match_rule, linked.payroll_match_rule) as match_rule
from numbers
left join workers on numbers.employee_number = workers.employee_number
left join linked on numbers.employee_number = linked.employee_number

union all

select
    cast(null as varchar) as employee_number,
    cast(null as varchar) as hr_employee_id,
    cast(null as varchar) as hr_employee_pseudonym,
    cast(null as varchar) as hr_source_instance,
    case when side = 'psa' then record_id end as psa_user_id,
    case when side = 'psa' then source_instance end as psa_source_instance,
    case when side = 'payroll' then record_id end as payroll_pseudonym,
    case when side = 'payroll' then source_instance end as payroll_source_instance,
    payroll_group_code,
    payroll_file_pseudonym,
    employee_number as claimed_employee_number,
    case
        when is_ambiguous or employee_number is not null then 'ambiguous'
        else 'unmatched'
    end as match_status,
    cast(null as varchar) as match_rule
from claimed
where employee_number is null or claims_count > 1
