-- Grain: one row per control of the register: whether the firm has the roles that it
-- compares, all of those named and one of those of which any will do. A control that is
-- not applicable compares nothing, and neither passes nor fails.
with

lacking as (
    select
        policies.control_id,
        min(case when policies.is_needed then firm_roles.absence_reason end) as needed_reason,
        min(case when not policies.is_needed then firm_roles.absence_reason end) as any_reason,
        count(case when not policies.is_needed and firm_roles.is_present then 1 end) as any_count
    from (

        select
            control_id,
            true as is_needed,
            ' ' || roles || ' ' as role_codes
        from {{ ref('control_policies') }}
        where roles is not null

        union all

        select
            control_id,
            false as is_needed,
            ' ' || any_role || ' ' as role_codes
        from {{ ref('control_policies') }}
        where any_role is not null

    ) as policies
    inner join {{ ref('dim_roles') }} as firm_roles
        on policies.role_codes like '% ' || firm_roles.role_code || ' %'
    group by policies.control_id
),

judged as (
    select
        control_id,
        coalesce(needed_reason, case when any_count = 0 then any_reason end)
            as absence_reason
    from lacking
)

select
    policies.control_id,
    policies.tolerance_amount,
    policies.owner,
    judged.absence_reason is null as is_applicable,
    judged.absence_reason
from {{ ref('control_policies') }} as policies
left join judged on policies.control_id = judged.control_id
