-- Grain: one row per live record of HR, PSA or payroll that is a person, and per deleted
-- worker or user, whose past stays the person's: who it was claims nothing. HR owns the
-- number; a PSA user states it, or shares the work e-mail; a payroll record shares group and
-- file number. Records of one number are one person. A doubtful link is none.
with

workers as (
    select
        workers.source_system,
        workers.source_instance,
        workers.worker_id,
        workers.work_email,
        workers.payroll_group_code,
        workers.payroll_file_pseudonym,
        coalesce(overrides.canonical_id, workers.employee_number) as employee_number,
        overrides.canonical_id is not null as is_overridden,
        workers.is_deleted,
        sum(case when workers.is_deleted then 0 else 1 end) over (
            partition by
                workers.source_instance,
                coalesce(overrides.canonical_id, workers.employee_number)
        ) as claims_count
    from {{ ref('hr_workers') }} as workers
    left join {{ ref('crosswalk_overrides') }} as overrides
        on overrides.entity_type = 'resource'
        and workers.source_system = overrides.source_system
        and workers.source_instance = overrides.source_instance
        and workers.worker_id = overrides.source_id
),

-- A number that one instance gives twice, or two to people with different e-mails.
doubtful as (
    select employee_number from workers
    where employee_number is not null and not is_deleted
    group by employee_number
    having
        max(claims_count) > 1
        or count(distinct case when not is_overridden then work_email end) > 1
),

-- Who is gone is known by what no live worker has.
known as (
    select workers.*
    from workers
    left join doubtful on workers.employee_number = doubtful.employee_number
    where
        (workers.is_overridden or doubtful.employee_number is null)
        and (not workers.is_deleted or workers.claims_count = 0)
),

emails as (
    select
        work_email,
        {{ of_live_first('employee_number') }} as employee_number,
        {{ count_of_live_first('employee_number') }} as people_count
    from known
    where work_email is not null
    group by work_email
),

payroll_files as (
    select
        payroll_group_code,
        payroll_file_pseudonym,
        {{ of_live_first('employee_number') }} as employee_number,
        {{ count_of_live_first('employee_number') }} as people_count
    from known
    where payroll_file_pseudonym is not null
    group by payroll_group_code, payroll_file_pseudonym
),

records as (
    select
        'hr' as role,
        source_system,
        source_instance,
        worker_id as record_id,
        employee_number,
        case when employee_number is not null then 'employee_number' end as match_rule,
        false as is_doubtful,
        is_deleted
    from workers

    union all

    select
        'psa' as role,
        psa_people.source_system,
        psa_people.source_instance,
        psa_people.person_id as record_id,
        case
            when psa_people.employee_number is not null then psa_people.employee_number
            when emails.people_count = 1 then emails.employee_number
        end as employee_number,
        case
            when psa_people.employee_number is not null then 'employee_id'
            when emails.people_count = 1 then 'work_email'
        end as match_rule,
        psa_people.employee_number is null
        and coalesce(emails.people_count, 0) > 1 as is_doubtful,
        psa_people.is_deleted
    from {{ ref('psa_people') }} as psa_people
    left join emails on psa_people.work_email = emails.work_email

    union all

    select
        'payroll' as role,
        payroll_people.source_system,
        payroll_people.source_instance,
        payroll_people.person_pseudonym as record_id,
        case when payroll_files.people_count = 1 then payroll_files.employee_number end
            as employee_number,
        case when payroll_files.people_count = 1 then 'payroll_file' end as match_rule,
        coalesce(payroll_files.people_count, 0) > 1 as is_doubtful,
        false as is_deleted
    from {{ ref('payroll_people') }} as payroll_people
    left join payroll_files
        on payroll_people.payroll_group_code = payroll_files.payroll_group_code
        and payroll_people.payroll_file_pseudonym = payroll_files.payroll_file_pseudonym
    where not payroll_people.is_deleted
),

decided as (
    select
        records.role,
        records.source_system,
        records.source_instance,
        records.record_id,
        records.is_deleted,
        coalesce(overrides.canonical_id, records.employee_number) as claimed_employee_number,
        case when overrides.canonical_id is null then records.match_rule else 'override' end
            as match_rule,
        overrides.canonical_id is null
        and (records.is_doubtful or doubtful.employee_number is not null) as is_doubtful
    from records
    left join {{ ref('crosswalk_overrides') }} as overrides
        on overrides.entity_type = 'resource'
        and records.source_system = overrides.source_system
        and records.source_instance = overrides.source_instance
        and records.record_id = overrides.source_id
    left join doubtful on records.employee_number = doubtful.employee_number
),

claimed as (
    select
        *,
        sum(case when is_deleted then 0 else 1 end) over (
            partition by role, source_instance, claimed_employee_number
        ) as claims_count
    from decided
),

linked as (
    select
        *,
        case
            when
                (
                    is_deleted and claims_count = 0
                    or claims_count = 1 and not (is_deleted and role = 'hr')
                )
                and not is_doubtful
                then claimed_employee_number
        end as employee_number
    from claimed
),

people as (
    select
        employee_number,
        count(distinct role) as roles_count
    from linked
    where employee_number is not null and not is_deleted
    group by employee_number
)

select
    cast(linked.role as varchar) as role,
    linked.source_system,
    linked.source_instance,
    linked.record_id,
    linked.employee_number,
    linked.claimed_employee_number,
    case
        when linked.is_deleted then 'deleted'
        when people.roles_count > 1 then 'matched'
        when people.roles_count = 1 then 'unmatched'
        when linked.claimed_employee_number is null and not linked.is_doubtful
            then 'unmatched'
        else 'ambiguous'
    end as match_status,
    case when linked.employee_number is not null then linked.match_rule end as match_rule,
    linked.employee_number is not null
    and row_number() over (
        partition by linked.role, linked.employee_number
        order by linked.is_deleted, linked.source_instance nulls last, linked.record_id
    ) = 1 as is_master
from linked
left join people on linked.employee_number = people.employee_number
