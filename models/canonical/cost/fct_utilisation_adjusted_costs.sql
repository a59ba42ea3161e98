-- Grain: one row per payroll run and person: what an hour really worked cost, by the pay of
-- the run's own period. Unpaid overtime lowers it; what nobody worked is the practice's, not
-- the hour's.
with

costs as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        currency_code,
        sum(case when bearer = 'work' then minutes else 0 end) as worked_minutes,
        sum(case when bearer = 'paid_absence' then minutes else 0 end) as absent_minutes,
        sum(case when bearer = 'bench' then minutes else 0 end) as bench_minutes,
        sum(case when bearer = 'work' then home_payroll_amount else 0 end) as work_amount,
        sum(case when bearer = 'paid_absence' then home_payroll_amount else 0 end)
            as absence_amount,
        sum(case when bearer = 'bench' then home_payroll_amount else 0 end)
            as bench_amount
    from {{ ref('int_payroll_costs_spread') }}
    where pay_class = 'worked'
    group by
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        currency_code
)

select
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    resource_key,
    legal_entity_code,
    currency_code,
    cast(worked_minutes as bigint) as worked_minutes,
    cast(absent_minutes as bigint) as absent_minutes,
    cast(bench_minutes as bigint) as bench_minutes,
    cast(work_amount as decimal(18, 4)) as work_amount,
    cast(absence_amount as decimal(18, 4)) as absence_amount,
    cast(bench_amount as decimal(18, 4)) as bench_amount,
    cast({{ ratio('work_amount * 60', 'worked_minutes', 6) }} as decimal(18, 6))
        as adjusted_cost_rate,
    cast(
        {{ ratio(
            '(work_amount + absence_amount + bench_amount) * 60', 'worked_minutes', 6
        ) }} as decimal(18, 6)
    ) as loaded_cost_rate
from costs
