-- Grain: one row per control of the register: whether the firm has the roles that it
-- compares, all of those named and one of those of which any will do. A control that is
-- not applicable compares nothing, and neither passes nor fails.
with

compared as (
    select
        policies.control_id,
        firm_roles.is_present,
        firm_roles.absence_reason,
        ' ' || policies.roles || ' ' like '% ' || firm_roles.role_code || ' %' as is_needed,
        ' ' || policies.any_role || ' ' like '% ' || firm_roles.role_code || ' %'
            as is_one_of_any
    from {{ ref('control_policies') }} as policies
    cross join {{ ref('dim_roles') }} as firm_roles
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
