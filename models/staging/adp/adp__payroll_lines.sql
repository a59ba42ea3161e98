-- Grain: one row per ADP payroll line; landing has named its section already. Nothing
-- public says where the payroll output would name the days an amount is for.
select
    payroll_lines.payroll_run_id,
    payroll_lines.line_number,
    payroll_lines.associate_pseudonym as person_pseudonym,
    payroll_lines.section,
    payroll_lines.pay_code,
    cast(null as date) as earned_from_date,
    cast(null as date) as earned_to_date,
    payroll_lines.currency_code,
    payroll_lines.paid_hours,
    payroll_lines.amount,
    {{ role_lineage('payroll_lines') }}
from {{ ref('stg_adp__payroll_lines') }} as payroll_lines
