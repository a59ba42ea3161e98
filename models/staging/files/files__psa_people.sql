-- Grain: one row per person; each column is as its feed declares it.
select
    said.person_id,
    said.employee_number,
    said.role_id,
    said.role_name,
    said.full_name,
    said.work_email,
    said.is_active,
    {{ role_lineage('said') }}
from {{ ref('stg_files__psa_people') }} as said
