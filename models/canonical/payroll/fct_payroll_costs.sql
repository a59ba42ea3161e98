-- Grain: one row per person and final payroll run: what the pay period cost the
-- employer. Previews are not facts; what is deducted from the person's own pay is no
-- further cost, and what is paid back to the person no pay. A person HR does not know has
-- no resource.
with

payments as (
    select
        source_system,
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        payroll_group_code,
        period_start_date,
        period_end_date,
        pay_date,
        currency_code,
        max(source_version) as source_version,
        sum(
            case
                when section = 'earnings' and pay_class != 'reimbursement'
                    then coalesce(amount, 0)
                else 0
            end
        ) as gross_amount,
        sum(case when section != 'earnings' then coalesce(amount, 0) else 0 end)
            as employer_cost_amount
    from {{ ref('int_payroll_lines') }}
    group by
        source_system,
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        payroll_group_code,
        period_start_date,
        period_end_date,
        pay_date,
        currency_code
)

select
    {{ entity_key('payroll_cost', [
        'source_instance', 'payroll_run_id', 'associate_pseudonym'
    ]) }} as payroll_cost_key,
    resource_key,
    payroll_run_id,
    associate_pseudonym,
    period_start_date,
    period_end_date,
    pay_date,
    legal_entity_code,
    payroll_group_code,
    currency_code,
    cast(gross_amount as decimal(18, 4)) as gross_amount,
    cast(employer_cost_amount as decimal(18, 4)) as employer_cost_amount,
    cast(gross_amount + employer_cost_amount as decimal(18, 4)) as payroll_cost_amount,
    source_system || ':' || source_instance || ':payroll:' || payroll_run_id || ':'
    || associate_pseudonym as correlation_id,
    source_system,
    source_instance,
    payroll_run_id || '|' || associate_pseudonym as source_id,
    source_version
from payments
