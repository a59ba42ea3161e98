-- Grain: one row per obligation with a price, measured by progress or time, and month:
-- what is left of the price, spread by what its method measures. Straight line goes by
-- service months or days, cost to cost and what a manager enters by planned cost, effort by
-- scheduled hours (hours sold that nobody is scheduled for lapse with the service); a
-- completed contract earns when its service ends. Where nothing is planned, service days
-- decide.
with

obligations as (
    select *
    from {{ ref('int_obligations_in_force') }}
    where
        revenue_method in (
            'straight_line', 'cost_to_cost', 'effort', 'completed_contract',
            'percent_entered'
        )
        and remaining_amount != 0
),

stacked as (

    select
        obligation_key,
        period_month,
        days_count,
        service_count,
        0 as scheduled_minutes,
        0 as planned_cost,
        case when is_last then 1 else 0 end as end_count
    from {{ ref('int_service_months_left') }}

    union all

    select
        obligation_key,
        period_month,
        0 as days_count,
        0 as service_count,
        scheduled_minutes,
        0 as planned_cost,
        0 as end_count
    from {{ ref('int_work_scheduled') }}

    union all

    select
        obligation_key,
        period_month,
        0 as days_count,
        0 as service_count,
        0 as scheduled_minutes,
        cast(round(measured_cost_amount, 0) as bigint) as planned_cost,
        0 as end_count
    from {{ ref('int_costs_scheduled') }}

),

monthly as (
    select
        obligation_key,
        period_month,
        sum(days_count) as days_count,
        sum(service_count) as service_count,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(planned_cost) as planned_cost,
        sum(end_count) as end_count
    from stacked
    group by obligation_key, period_month
),

approved as (
    select
        obligation_key,
        sum(worked_minutes) as approved_minutes
    from {{ ref('fct_time_entries') }}
    where is_approved
    group by obligation_key
),

lapsing as (
    select
        monthly.*,
        obligations.revenue_method,
        obligations.remaining_amount,
        obligations.contract_currency_code,
        case
            when monthly.end_count > 0 and obligations.included_minutes is not null
                then greatest(
                    obligations.included_minutes - coalesce(approved.approved_minutes, 0)
                    - sum(monthly.scheduled_minutes) over (
                        partition by monthly.obligation_key
                    ), 0
                )
            else 0
        end as lapsing_minutes
    from monthly
    inner join obligations on monthly.obligation_key = obligations.obligation_key
    left join approved on monthly.obligation_key = approved.obligation_key
),

measured as (
    select
        *,
        case revenue_method
            when 'straight_line' then service_count
            when 'cost_to_cost' then planned_cost
            when 'percent_entered' then planned_cost
            when 'effort' then scheduled_minutes + lapsing_minutes
            else end_count
        end as measure
    from lapsing
),

weighed as (
    select
        obligation_key,
        period_month,
        remaining_amount,
        contract_currency_code,
        cast(
            case
                when sum(measure) over (partition by obligation_key) = 0 then days_count
                else measure
            end as bigint
        ) as weight
    from measured
),

spread as (
    {{ allocate_amount(
        'weighed', key=['obligation_key'], amount='remaining_amount', weight='weight',
        ties=['period_month'], currency='contract_currency_code'
    ) }}
)

select
    obligation_key,
    period_month,
    cast(allocated_amount as decimal(18, 4)) as contract_scheduled_amount
from spread
where allocated_amount != 0
