-- Grain: one row per NetSuite department; its external id is the practice's code.
select
    departments.department_id as dimension_id,
    departments.practice_code,
    departments.department_name as dimension_name,
    coalesce(departments.is_inactive, false) as is_inactive,
    {{ role_lineage('departments') }}
from {{ ref('stg_netsuite__departments') }} as departments
