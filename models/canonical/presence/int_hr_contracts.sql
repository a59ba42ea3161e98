-- Grain: one row per configured HR system and contract that it says.
with

saying as (
    {{ vendors_saying_of_people() }}
)

select
    role_systems.source_instance,
    saying.contract
from {{ ref('dim_role_systems') }} as role_systems
inner join saying on role_systems.source_system = saying.source_system
where role_systems.role_code = 'hr' and saying.is_said
