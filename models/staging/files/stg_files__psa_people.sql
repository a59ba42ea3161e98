-- Grain: one row per person, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'psa_people')) }}
)

select
    person_id,
    employee_number,
    role_id,
    role_name,
    full_name,
    work_email,
    is_active,
    {{ lineage('files') }}
from source
