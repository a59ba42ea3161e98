-- Payroll runs that do not say the days they pay: nothing bears their pay.
with

runs as (
    select
        source_system,
        source_instance,
        payroll_run_id,
        legal_entity_code,
        currency_code,
        max(pay_date) as pay_date,
        cast(sum(amount) as decimal(18, 4)) as amount
    from {{ ref('int_payroll_lines') }}
    where period_start_date is null or period_end_date is null
    group by source_system, source_instance, payroll_run_id, legal_entity_code, currency_code
)

select
    'pay_without_days' as kind,
    'run ' || runs.payroll_run_id
    || coalesce(
        ' of ' || {{ amount_text('runs.amount', 'runs.currency_code') }}
        || coalesce(' ' || runs.currency_code, ''), ''
    )
    || ' does not say the days that it pays' as reason,
    runs.source_system,
    runs.source_instance,
    runs.payroll_run_id as source_id,
    runs.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start('periods', 'runs.pay_date') }} as period_month,
    runs.amount,
    runs.currency_code,
    coalesce(runs.pay_date, as_of.as_of_date) as since
from runs
cross join {{ ref('dim_as_of') }} as as_of
{{ join_period('periods', 'runs.legal_entity_code', 'runs.pay_date') }}
