-- Grain: one row per person a payroll provider pays; each column is as its feed declares it.
select
    said.person_pseudonym,
    said.payroll_group_code,
    said.payroll_file_pseudonym,
    said.hire_date,
    said.termination_date,
    said.is_active,
    {{ role_lineage('said') }}
from {{ ref('stg_files__payroll_people') }} as said
