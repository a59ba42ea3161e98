-- Grain: one row per amount of a person in a run; each column is as its feed declares it.
select
    said.payroll_run_id,
    said.line_number,
    said.person_pseudonym,
    said.section,
    said.pay_code,
    said.earned_from_date,
    said.earned_to_date,
    said.currency_code,
    said.paid_hours,
    said.amount,
    {{ role_lineage('said') }}
from {{ ref('stg_files__payroll_lines') }} as said
