-- Grain: one row per Timebook user. HR knows the rest.
select
    people.login as person_id,
    people.employee_number,
    cast(null as varchar) as role_id,
    cast(null as varchar) as role_name,
    cast(null as varchar) as full_name,
    cast(null as varchar) as work_email,
    true as is_active,
    {{ role_lineage('people') }}
from {{ ref('stg_timebook__people') }} as people
