-- Grain: one row per amount of a person in a run, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'payroll_lines')) }}
)

select
    payroll_run_id,
    line_number,
    person_pseudonym,
    section,
    pay_code,
    earned_from_date,
    earned_to_date,
    currency_code,
    paid_hours,
    amount,
    {{ lineage('files') }}
from source
