-- Grain: one row per person a payroll provider pays, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'payroll_people')) }}
)

select
    person_pseudonym,
    payroll_group_code,
    payroll_file_pseudonym,
    hire_date,
    termination_date,
    is_active,
    {{ lineage('files') }}
from source
