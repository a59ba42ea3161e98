-- Grain: one row per configured system and contract that it says, of those that figures need
-- by themselves.
with

saying as (
    {{ vendors_saying() }}
)

select
    role_systems.role_code,
    role_systems.source_instance,
    saying.contract
from {{ ref('dim_role_systems') }} as role_systems
inner join saying
    on role_systems.source_system = saying.source_system
    and role_systems.role_code = saying.role_code
    and saying.is_said
