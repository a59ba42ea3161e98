-- Grain: one row per role that a firm's systems may play. A role is there when a system
-- that plays it is configured, whether or not it has said anything yet.
with

roles as (
    {{ roles_named() }}
),

counted as (
    select
        role_code,
        count(*) as systems_count
    from {{ ref('dim_role_systems') }}
    group by role_code
)

select
    roles.role_code,
    roles.role_name,
    cast(coalesce(counted.systems_count, 0) as integer) as systems_count,
    counted.role_code is not null as is_present,
    case when counted.role_code is null then 'no ' || roles.role_name end
        as absence_reason
from roles
left join counted on roles.role_code = counted.role_code
