-- Grain: one row per control of the register: whether the firm has the roles, or
-- measures of people, that it compares: all of those named and one of those of which any
-- will do. A control that is
-- not applicable compares nothing, and neither passes nor fails.
with

had as (

    select
        role_code as code,
        is_present,
        absence_reason
    from {{ ref('dim_roles') }}

    union all

    select
        measure as code,
        is_known as is_present,
        absence_reason
    from {{ ref('dim_people_measures') }}

),

compared as (
    select
        policies.control_id,
        had.is_present,
        had.absence_reason,
        ' ' || policies.roles || ' ' like '% ' || had.code || ' %' as is_needed,
        ' ' || policies.any_role || ' ' like '% ' || had.code || ' %' as is_one_of_any
    from {{ ref('control_policies') }} as policies
    cross join had
),

judged as (
    select
        control_id,
        coalesce(
            min(case when is_needed then absence_reason end),
            case
                when count(case when is_one_of_any and is_present then 1 end) = 0
                    then min(case when is_one_of_any then absence_reason end)
            end
        ) as absence_reason
    from compared
    group by control_id
)

select
    policies.control_id,
    policies.tolerance_amount,
    policies.owner,
    judged.absence_reason is null as is_applicable,
    judged.absence_reason
from {{ ref('control_policies') }} as policies
left join judged on policies.control_id = judged.control_id
