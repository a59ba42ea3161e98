-- Grain: one row per payroll run, person and bearer of its cost: each approved entry of
-- the days the run pays, and by month the paid absence and the time nobody used. The
-- cost is spread by minutes and adds up to the payroll to the cent. Who works more than
-- the capacity makes each hour cheaper; who works less leaves the rest to the bench. The
-- practice that bears what was not worked is that of the month's last day the run pays.
with

-- A run pays a person once: a number for the two is all that a million rows carry.
payroll_costs as (
    select
        *,
        row_number() over (
            order by
                payroll_run_id nulls last,
                associate_pseudonym nulls last,
                source_instance nulls last
        ) as payment_number
    from {{ ref('fct_payroll_costs') }}
    where
        resource_key is not null
        and exists (
            select 1 from {{ ref('dim_cost_basis') }} as basis
            where basis.cost_basis = 'actual'
        )
),

-- A period's last day belongs to it. Who changes the entity within a period is paid by
-- two runs, each for its own capacity.
worked as (
    select
        payroll_costs.payment_number,
        'work' as bearer,
        time_entries.time_entry_id as bearer_id,
        time_entries.time_entry_key,
        time_entries.home_period_month as period_month,
        cast(null as varchar) as practice_code,
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
        payroll_costs.payment_number,
        capacity_daily.period_month,
        sum(capacity_daily.holiday_minutes + capacity_daily.absence_minutes) as absent_minutes,
        sum(capacity_daily.capacity_minutes) as capacity_minutes,
        max_by(capacity_daily.practice_code, capacity_daily.date_day) as practice_code
    from payroll_costs
    inner join {{ ref('fct_capacity_daily') }} as capacity_daily
        on payroll_costs.resource_key = capacity_daily.resource_key
        and payroll_costs.legal_entity_code = capacity_daily.legal_entity_code
        and payroll_costs.period_start_date <= capacity_daily.date_day
        and payroll_costs.period_end_date >= capacity_daily.date_day
    group by payroll_costs.payment_number, capacity_daily.period_month
),

worked_by_month as (
    select
        payment_number,
        period_month,
        sum(minutes) as minutes
    from worked
    group by payment_number, period_month
),

unworked as (
    select
        capacity.payment_number,
        capacity.period_month,
        capacity.practice_code,
        capacity.absent_minutes,
        greatest(capacity.capacity_minutes - coalesce(worked_by_month.minutes, 0), 0)
            as bench_minutes
    from capacity
    left join worked_by_month
        on capacity.payment_number = worked_by_month.payment_number
        and capacity.period_month = worked_by_month.period_month
),

stacked as (

    select * from worked

    union all

    select
        payment_number,
        'paid_absence' as bearer,
        'absence:' || cast(period_month as varchar) as bearer_id,
        cast(null as varchar) as time_entry_key,
        period_month,
        practice_code,
        absent_minutes as minutes
    from unworked
    where absent_minutes > 0

    union all

    select
        payment_number,
        'bench' as bearer,
        'bench:' || cast(period_month as varchar) as bearer_id,
        cast(null as varchar) as time_entry_key,
        period_month,
        practice_code,
        bench_minutes as minutes
    from unworked
    where bench_minutes > 0

),

payable as (
    select
        payment_number,
        nullif(sum(minutes), 0) as minutes
    from (

        select
            payment_number,
            minutes
        from worked_by_month

        union all

        select
            payment_number,
            absent_minutes + bench_minutes as minutes
        from unworked

    ) as stacked_minutes
    group by payment_number
),

-- Pay for days without capacity or work is bench of the month the period ends in.
weighed as (
    select
        payroll_costs.payment_number,
        payroll_costs.payroll_cost_amount,
        payroll_costs.gross_amount,
        payroll_costs.currency_code,
        coalesce(payable.minutes, 1) as payable_minutes,
        coalesce(stacked.bearer, 'bench') as bearer,
        coalesce(stacked.bearer_id, 'bench:none') as bearer_id,
        stacked.time_entry_key,
        coalesce(
            stacked.period_month,
            {{ period_start('periods', 'payroll_costs.period_end_date') }}
        ) as period_month,
        stacked.practice_code,
        cast(coalesce(stacked.minutes, 1) as bigint) as minutes
    from payroll_costs
    left join payable on payroll_costs.payment_number = payable.payment_number
    left join stacked on payroll_costs.payment_number = stacked.payment_number
    {{ join_period(
        'periods', 'payroll_costs.legal_entity_code', 'payroll_costs.period_end_date'
    ) }}
),

spread as (
    {{ allocate_amount(
        'weighed', key=['payment_number'], amount='payroll_cost_amount',
        weight='minutes', ties=['bearer_id', 'time_entry_key'], currency='currency_code',
        also={'gross': 'gross_amount'}, total='payable_minutes'
    ) }}
)

select
    payroll_costs.source_instance,
    payroll_costs.payroll_run_id,
    payroll_costs.associate_pseudonym,
    spread.bearer,
    spread.time_entry_key,
    payroll_costs.resource_key,
    payroll_costs.legal_entity_code,
    spread.practice_code,
    spread.period_month,
    case when spread.bearer_id = 'bench:none' then 0 else spread.minutes end as minutes,
    payroll_costs.currency_code,
    cast(spread.gross_allocated_amount as decimal(18, 4)) as home_gross_amount,
    cast(spread.allocated_amount as decimal(18, 4)) as home_payroll_amount
from spread
inner join payroll_costs on spread.payment_number = payroll_costs.payment_number
