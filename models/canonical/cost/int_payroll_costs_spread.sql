-- Grain: one row per payroll run, person and bearer of its cost: each approved entry of
-- the days the run pays, and by month the paid absence and the time nobody used. The
-- cost is spread by minutes and adds up to the payroll to the cent. Who works more than
-- the capacity makes each hour cheaper; who works less leaves the rest to the bench.
with

payroll_costs as (
    select * from {{ ref('fct_payroll_costs') }}
    where resource_key is not null
),

-- A period's last day belongs to it. Who changes the entity within a period is paid by
-- two runs, each for its own capacity.
worked as (
    select
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        'work' as bearer,
        time_entries.time_entry_id as bearer_id,
        time_entries.time_entry_key,
        time_entries.period_month,
        time_entries.worked_minutes as minutes
    from {{ ref('fct_time_entries') }} as time_entries
    inner join payroll_costs
        on time_entries.resource_key = payroll_costs.resource_key
        and time_entries.work_date >= payroll_costs.period_start_date
        and time_entries.work_date <= payroll_costs.period_end_date
        and coalesce(time_entries.home_legal_entity_code, payroll_costs.legal_entity_code)
        = payroll_costs.legal_entity_code
    where time_entries.is_approved and time_entries.worked_minutes > 0
),

capacity as (
    select
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        capacity_daily.period_month,
        sum(capacity_daily.holiday_minutes + capacity_daily.absence_minutes) as absent_minutes,
        sum(capacity_daily.capacity_minutes) as capacity_minutes
    from payroll_costs
    inner join {{ ref('fct_capacity_daily') }} as capacity_daily
        on payroll_costs.resource_key = capacity_daily.resource_key
        and payroll_costs.legal_entity_code = capacity_daily.legal_entity_code
        and payroll_costs.period_start_date <= capacity_daily.date_day
        and payroll_costs.period_end_date >= capacity_daily.date_day
    group by
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        capacity_daily.period_month
),

worked_by_month as (
    select
        payroll_run_id,
        associate_pseudonym,
        period_month,
        sum(minutes) as minutes
    from worked
    group by payroll_run_id, associate_pseudonym, period_month
),

unworked as (
    select
        capacity.payroll_run_id,
        capacity.associate_pseudonym,
        capacity.period_month,
        capacity.absent_minutes,
        greatest(capacity.capacity_minutes - coalesce(worked_by_month.minutes, 0), 0)
            as bench_minutes
    from capacity
    left join worked_by_month
        on capacity.payroll_run_id = worked_by_month.payroll_run_id
        and capacity.associate_pseudonym = worked_by_month.associate_pseudonym
        and capacity.period_month = worked_by_month.period_month
),

stacked as (

    select * from worked

    union all

    select
        payroll_run_id,
        associate_pseudonym,
        'paid_absence' as bearer,
        'absence:' || cast(period_month as varchar) as bearer_id,
        cast(null as varchar) as time_entry_key,
        period_month,
        absent_minutes as minutes
    from unworked
    where absent_minutes > 0

    union all

    select
        payroll_run_id,
        associate_pseudonym,
        'bench' as bearer,
        'bench:' || cast(period_month as varchar) as bearer_id,
        cast(null as varchar) as time_entry_key,
        period_month,
        bench_minutes as minutes
    from unworked
    where bench_minutes > 0

),

borne as (
    select distinct
        payroll_run_id,
        associate_pseudonym
    from stacked
),

-- Pay for days without capacity or work is bench of the month the period ends in.
weighed as (
    select
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        payroll_costs.resource_key,
        payroll_costs.legal_entity_code,
        payroll_costs.currency_code,
        payroll_costs.payroll_cost_amount,
        payroll_costs.gross_amount,
        stacked.bearer,
        stacked.bearer_id,
        stacked.time_entry_key,
        stacked.period_month,
        cast(stacked.minutes as bigint) as minutes
    from payroll_costs
    inner join stacked
        on payroll_costs.payroll_run_id = stacked.payroll_run_id
        and payroll_costs.associate_pseudonym = stacked.associate_pseudonym

    union all

    select
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        payroll_costs.resource_key,
        payroll_costs.legal_entity_code,
        payroll_costs.currency_code,
        payroll_costs.payroll_cost_amount,
        payroll_costs.gross_amount,
        'bench' as bearer,
        'bench:none' as bearer_id,
        cast(null as varchar) as time_entry_key,
        {{ month_start('payroll_costs.period_end_date') }} as period_month,
        cast(1 as bigint) as minutes
    from payroll_costs
    left join borne
        on payroll_costs.payroll_run_id = borne.payroll_run_id
        and payroll_costs.associate_pseudonym = borne.associate_pseudonym
    where borne.payroll_run_id is null
),

costs_spread as (
    {{ allocate_cents(
        'weighed', key=['payroll_run_id', 'associate_pseudonym'],
        amount='payroll_cost_amount', weight='minutes', ties=['bearer_id']
    ) }}
),

gross_spread as (
    {{ allocate_cents(
        'costs_spread', key=['payroll_run_id', 'associate_pseudonym'],
        amount='gross_amount', weight='minutes', ties=['bearer_id'], name='gross'
    ) }}
)

select
    payroll_run_id,
    associate_pseudonym,
    bearer,
    bearer_id,
    time_entry_key,
    resource_key,
    legal_entity_code,
    period_month,
    case when bearer_id = 'bench:none' then 0 else minutes end as minutes,
    currency_code,
    cast(gross_allocated_amount as decimal(18, 4)) as home_gross_amount,
    cast(allocated_amount as decimal(18, 4)) as home_payroll_amount
from gross_spread
