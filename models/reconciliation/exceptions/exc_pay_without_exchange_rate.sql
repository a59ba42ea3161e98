-- Payroll in a second currency that nobody knows a rate for: it is held, in no cost.
select
    'pay_without_exchange_rate' as kind,
    'line ' || cast(paid_lines.line_number as varchar) || ' of run ' || paid_lines.payroll_run_id
    || ' is in ' || paid_lines.stated_currency_code || ' and the rest of the payment counts in '
    || paid_lines.currency_code || ': no rate of exchange on the day of payment' as reason,
    paid_lines.source_system,
    paid_lines.source_instance,
    paid_lines.payroll_run_id || '|' || cast(paid_lines.line_number as varchar) as source_id,
    paid_lines.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start('periods', 'paid_lines.period_end_date') }} as period_month,
    paid_lines.stated_amount as amount,
    paid_lines.stated_currency_code as currency_code,
    coalesce(paid_lines.pay_date, paid_lines.period_end_date) as since
from {{ ref('int_payroll_lines') }} as paid_lines
{{ join_period('periods', 'paid_lines.legal_entity_code', 'paid_lines.period_end_date') }}
where paid_lines.amount is null and paid_lines.pay_class != 'reimbursement'
