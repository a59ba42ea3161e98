-- Grain: one row per payroll run, person, practice and month: what the run pays for paid
-- absence; the minutes are those that its pay of the period is for.
select
    resource_key,
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    legal_entity_code,
    practice_code,
    period_month,
    cast(sum(case when pay_class = 'worked' then minutes else 0 end) as bigint) as minutes,
    currency_code,
    cast(sum(home_payroll_amount) as decimal(18, 4)) as amount
from {{ ref('int_payroll_costs_spread') }}
where bearer = 'paid_absence'
group by
    resource_key,
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    legal_entity_code,
    practice_code,
    period_month,
    currency_code
