-- A pay code that no policy names: its amount counts as worked pay. One row per payroll run
-- and code.
with

codes as (
    select
        source_system,
        source_instance,
        payroll_run_id,
        pay_code,
        legal_entity_code,
        stated_currency_code as currency_code,
        min(period_end_date) as period_end_date,
        min(coalesce(pay_date, period_end_date)) as since,
        sum(stated_amount) as amount
    from {{ ref('int_payroll_lines') }}
    where not is_class_known
    group by
        source_system,
        source_instance,
        payroll_run_id,
        pay_code,
        legal_entity_code,
        stated_currency_code
)

select
    'pay_code_unknown' as kind,
    'run ' || codes.payroll_run_id || ' pays by the code '
    || coalesce(codes.pay_code, 'that is empty')
    || ', of which no policy says what it is for: counted as worked pay' as reason,
    codes.source_system,
    codes.source_instance,
    codes.payroll_run_id || '|' || coalesce(codes.pay_code, '') as source_id,
    codes.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start('periods', 'codes.period_end_date') }} as period_month,
    codes.amount,
    codes.currency_code,
    codes.since
from codes
{{ join_period('periods', 'codes.legal_entity_code', 'codes.period_end_date') }}
