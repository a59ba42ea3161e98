-- Grain: one row per measure of people that figures need: contracted hours, capacity (what
-- holidays and absence leave of them) and labour (what an hour costs). An HR system may say
-- only part of what they take. Pay that has been paid is spread over what was worked and what
-- was not, so with a payroll labour takes capacity too.
with

systems as (
    select
        role_systems.source_instance,
        bool_or(said.contract = 'hr_workers') as hr_workers,
        bool_or(said.contract = 'hr_assignments') as hr_assignments,
        bool_or(said.contract = 'hr_pay') as hr_pay,
        bool_or(said.contract = 'hr_absences') as hr_absences,
        bool_or(said.contract = 'hr_holidays') as hr_holidays
    from {{ ref('dim_role_systems') }} as role_systems
    inner join {{ ref('int_contracts_said') }} as said
        on role_systems.source_system = said.source_system
        and role_systems.role_code = said.role_code
    where role_systems.role_code = 'hr'
    group by role_systems.source_instance
),

-- Pay or a place that one of several systems does not say is an exception of each person.
said as (
    select
        coalesce(bool_or(hr_workers), false) as has_workers,
        coalesce(bool_or(hr_assignments), false) as has_assignments,
        coalesce(bool_or(hr_pay), false) as has_pay,
        {{ said_of_everybody('hr_absences') }} as has_absences,
        {{ said_of_everybody('hr_holidays') }} as has_holidays
    from systems
),

-- A system whose assignments never have hours does not say them.
stated as (
    select count(*) = 0 or count(weekly_hours * fte_rate) > 0 as has_hours
    from {{ ref('hr_assignments') }}
),

reasoned as (
    select
        said.has_pay,
        case
            when not {{ has_role('hr') }} then 'no HR system'
            when not said.has_workers then 'no workers from HR'
            when not said.has_assignments then 'no assignments from HR'
            when not stated.has_hours then 'no contracted hours from HR'
        end as hours_reason,
        case
            when not said.has_absences then 'no absences from HR'
            when not said.has_holidays then 'no holidays from HR'
        end as capacity_reason
    from said
    cross join stated
),

measured as (

    select
        'contracted_hours' as measure,
        hours_reason as absence_reason
    from reasoned

    union all

    select
        'capacity' as measure,
        coalesce(hours_reason, capacity_reason) as absence_reason
    from reasoned

    union all

    select
        'labour' as measure,
        coalesce(
            hours_reason,
            case when not has_pay then 'no pay from HR' end,
            case when {{ has_role('payroll') }} then capacity_reason end
        ) as absence_reason
    from reasoned

)

select
    cast(measure as varchar) as measure,
    absence_reason is null as is_known,
    cast(absence_reason as varchar) as absence_reason
from measured
