-- Grain: one row per milestone obligation and month: the milestones not accepted yet, in
-- the month they are due, overdue ones in the as-of month. What of the price no
-- milestone carries is due when service ends.
with

obligations as (
    select *
    from {{ ref('int_obligations_in_force') }}
    where revenue_method = 'milestone'
),

ends as (
    select
        obligation_key,
        period_month
    from {{ ref('int_service_months_left') }}
    where is_last
),

open_milestones as (
    select
        obligations.obligation_key,
        case
            when milestones.due_date is null then ends.period_month
            else greatest(
                {{ period_start('periods', 'milestones.due_date') }}, obligations.first_month
            )
        end as period_month,
        milestones.contract_amount as amount
    from {{ ref('dim_milestones') }} as milestones
    inner join obligations on milestones.obligation_key = obligations.obligation_key
    inner join ends on obligations.obligation_key = ends.obligation_key
    {{ join_period('periods', 'obligations.legal_entity_code', 'milestones.due_date') }}
    where not milestones.is_accepted
),

carried as (
    select
        obligation_key,
        sum(amount) as amount
    from open_milestones
    group by obligation_key
),

stacked as (

    select
        obligation_key,
        period_month,
        amount
    from open_milestones

    union all

    select
        obligations.obligation_key,
        ends.period_month,
        obligations.remaining_amount - coalesce(carried.amount, 0) as amount
    from obligations
    inner join ends on obligations.obligation_key = ends.obligation_key
    left join carried on obligations.obligation_key = carried.obligation_key
    where obligations.remaining_amount is not null

)

select
    obligation_key,
    period_month,
    cast(sum(amount) as decimal(18, 4)) as contract_scheduled_amount
from stacked
group by obligation_key, period_month
having sum(amount) != 0
