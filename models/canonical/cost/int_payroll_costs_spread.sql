-- Grain: one row per payroll run, person, part of its cost and bearer: each approved entry
-- of the days the part is for, and by month the paid absence and the time nobody used. The
-- cost is spread by minutes and adds up to the payroll to the cent; a correction takes its
-- minutes off before. Who works more than the capacity makes each hour cheaper; who works
-- less leaves the rest to the bench. The practice that bears what was not worked is that of
-- the month's last day. What is not pay of the period is borne by time that such pay is
-- known for, as nothing else is actual cost.
with

-- A number for run, person and part is all that a million rows carry.
payments as (
    select
        *,
        row_number() over (
            order by
                payroll_run_id nulls last,
                associate_pseudonym nulls last,
                source_instance nulls last,
                part_no nulls last
        ) as payment_number
    from {{ ref('int_payroll_parts') }}
),

-- A period's last day belongs to it. Who changes the entity within a period is paid by
-- two runs, each for its own capacity.
of_the_days as (
    select
        payments.payment_number,
        payments.pay_class,
        time_entries.time_entry_id as bearer_id,
        time_entries.time_entry_key,
        time_entries.home_period_month as period_month,
        time_entries.worked_minutes as minutes
    from {{ ref('fct_time_entries') }} as time_entries
    inner join payments
        on time_entries.resource_key = payments.resource_key
        and time_entries.work_date >= payments.first_date
        and time_entries.work_date <= payments.last_date
        and coalesce(time_entries.home_legal_entity_code, payments.legal_entity_code)
        = payments.legal_entity_code
    where
        time_entries.is_approved
        and time_entries.worked_minutes != 0
        and payments.bearing = 'days'
),

worked as (
    select
        of_the_days.payment_number,
        'work' as bearer,
        of_the_days.bearer_id,
        of_the_days.time_entry_key,
        of_the_days.period_month,
        cast(null as varchar) as practice_code,
        of_the_days.minutes
    from of_the_days
    where
        of_the_days.pay_class = 'worked'
        or of_the_days.time_entry_key in (
            select paid.time_entry_key from of_the_days as paid
            where paid.pay_class = 'worked'
        )
),

capacity as (
    select
        payments.payment_number,
        capacity_daily.period_month,
        sum(capacity_daily.paid_absence_minutes) as absent_minutes,
        sum(capacity_daily.capacity_minutes) as capacity_minutes,
        max_by(capacity_daily.practice_code, capacity_daily.date_day) as practice_code
    from payments
    inner join {{ ref('fct_capacity_daily') }} as capacity_daily
        on payments.resource_key = capacity_daily.resource_key
        and payments.legal_entity_code = capacity_daily.legal_entity_code
        and payments.first_date <= capacity_daily.date_day
        and payments.last_date >= capacity_daily.date_day
    where payments.bearing = 'days'
    group by payments.payment_number, capacity_daily.period_month
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

-- Corrections alone bear no pay: they would turn its sign.
payable as (
    select
        payment_number,
        sum(minutes) as minutes
    from stacked
    group by payment_number
    having sum(minutes) > 0
),

-- Pay for days without capacity or work is bench of the month the part ends in.
weighed as (
    select
        payments.payment_number,
        payments.payroll_cost_amount,
        payments.gross_amount,
        payments.currency_code,
        coalesce(payable.minutes, 1) as payable_minutes,
        coalesce(
            stacked.bearer, case when payments.bearing = 'to_come' then 'to_come' else 'bench' end
        ) as bearer,
        coalesce(stacked.bearer_id, 'bench:none') as bearer_id,
        stacked.time_entry_key,
        coalesce(
            stacked.period_month, {{ period_start('periods', 'payments.last_date') }}
        ) as period_month,
        case when stacked.bearer is null then payments.practice_code else stacked.practice_code end
            as practice_code,
        cast(coalesce(stacked.minutes, 1) as bigint) as minutes
    from payments
    left join payable on payments.payment_number = payable.payment_number
    left join stacked on payable.payment_number = stacked.payment_number
    {{ join_period('periods', 'payments.legal_entity_code', 'payments.last_date') }}
),

spread as (
    {{ allocate_amount(
        'weighed', key=['payment_number'], amount='payroll_cost_amount',
        weight='minutes', ties=['bearer_id', 'time_entry_key'], currency='currency_code',
        also={'gross': 'gross_amount'}, total='payable_minutes', signed=true
    ) }}
)

select
    payments.source_instance,
    payments.payroll_run_id,
    payments.associate_pseudonym,
    payments.part_no,
    payments.pay_class,
    spread.bearer,
    spread.time_entry_key,
    payments.resource_key,
    payments.legal_entity_code,
    spread.practice_code,
    spread.period_month,
    case when spread.bearer_id = 'bench:none' then 0 else spread.minutes end as minutes,
    payments.currency_code,
    cast(spread.gross_allocated_amount as decimal(18, 4)) as home_gross_amount,
    cast(spread.allocated_amount as decimal(18, 4)) as home_payroll_amount
from spread
inner join payments on spread.payment_number = payments.payment_number
