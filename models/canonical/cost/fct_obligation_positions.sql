-- Grain: one row per obligation and month, as seen at its end: what it has cost and taken
-- so far, and what is still to come. ETC = planned cost of the work still to come then,
-- overdue or later + open orders for goods + expenses planned and not spent, all as was
-- known then. Orders and expenses are the first obligation's; contractors' hours are planned.
with

months as (select * from {{ ref('int_obligation_months') }}),

stacked as (

    select
        obligation_key,
        period_month,
        total_cost_amount as cost_amount,
        pass_through_amount,
        recharged_cost_amount,
        expense_amount,
        0 as approved_minutes
    from {{ ref('fct_obligation_costs_daily') }}

    union all

    select
        obligation_key,
        period_month,
        0 as cost_amount,
        0 as pass_through_amount,
        0 as recharged_cost_amount,
        0 as expense_amount,
        worked_minutes as approved_minutes
    from {{ ref('fct_time_entries') }}
    where is_approved

    union all

    select
        obligation_key,
        period_month,
        0 as cost_amount,
        0 as pass_through_amount,
        0 as recharged_cost_amount,
        0 as expense_amount,
        0 as approved_minutes
    from months

),

monthly as (
    select
        obligation_key,
        period_month,
        sum(cost_amount) as cost_amount,
        sum(pass_through_amount) as pass_through_amount,
        sum(recharged_cost_amount) as recharged_cost_amount,
        sum(expense_amount) as expense_amount,
        sum(approved_minutes) as approved_minutes
    from stacked
    where obligation_key is not null
    group by obligation_key, period_month
),

to_date as (
    select
        obligation_key,
        period_month,
        sum(cost_amount) over so_far as cost_amount,
        sum(pass_through_amount) over so_far as pass_through_amount,
        sum(recharged_cost_amount) over so_far as recharged_cost_amount,
        sum(expense_amount) over so_far as expense_amount,
        sum(approved_minutes) over so_far as approved_minutes
    from monthly
    window so_far as (
        partition by obligation_key
        order by period_month nulls last
        rows between unbounded preceding and current row
    )
),

goods as (
    select
        project_key,
        period_month,
        sum(ordered_amount) as ordered_amount,
        sum(open_amount) as open_amount,
        sum(case when is_pass_through then open_amount else 0 end)
            as open_pass_through_amount
    from {{ ref('fct_commitments_monthly') }}
    where not is_hours
    group by project_key, period_month
),

budgets as (
    select
        months.obligation_key,
        months.period_month,
        {{ translated(
            'known.expense_budget_amount', 'known.currency_code', 'months.currency_code',
            'fx_rates.fx_rate'
        ) }} as expense_budget_amount
    from months
    cross join {{ ref('dim_as_of') }} as as_of
    inner join {{ ref('int_expense_budgets') }} as known
        on months.project_key = known.project_key
        and {{ was_known('known', 'months.measured_to_date', 'as_of.as_of_date') }}
    {{ join_fx_rate(
        'fx_rates', 'known.currency_code', 'months.currency_code', 'months.measured_to_date'
    ) }}
    where months.is_first
),

to_come as (
    select
        months.*,
        to_date.cost_amount,
        to_date.pass_through_amount,
        to_date.recharged_cost_amount,
        to_date.approved_minutes,
        coalesce(planned.planned_minutes, 0) as planned_minutes,
        coalesce(planned.planned_amount, 0) as planned_amount,
        coalesce(planned.planned_to_date_amount, 0) as planned_to_date_amount,
        coalesce(planned.scheduled_minutes, 0) as scheduled_minutes,
        coalesce(planned.overdue_minutes, 0) as overdue_minutes,
        coalesce(planned.unpriced_minutes, 0) as unpriced_minutes,
        coalesce(planned.scheduled_amount, 0) as etc_labour_amount,
        coalesce(planned.overdue_amount, 0) as overdue_amount,
        case when months.is_first then coalesce(goods.ordered_amount, 0) else 0 end
            as ordered_amount,
        case when months.is_first then coalesce(goods.open_amount, 0) else 0 end
            as etc_commitments_amount,
        case when months.is_first then coalesce(goods.open_pass_through_amount, 0) else 0 end
            as etc_pass_through_amount,
        coalesce(budgets.expense_budget_amount, 0) as expense_budget_amount,
        case
            when months.measured_to_date < months.service_end_date
                then greatest(
                    coalesce(budgets.expense_budget_amount, 0) - to_date.expense_amount, 0
                )
            else 0
        end as etc_expenses_amount
    from months
    inner join to_date
        on months.obligation_key = to_date.obligation_key
        and months.period_month = to_date.period_month
    left join {{ ref('int_plans_monthly') }} as planned
        on months.obligation_key = planned.obligation_key
        and months.period_month = planned.period_month
    left join budgets
        on months.obligation_key = budgets.obligation_key
        and months.period_month = budgets.period_month
    left join goods
        on months.project_key = goods.project_key
        and months.period_month = goods.period_month
)

select
    obligation_key,
    project_key,
    project_code,
    period_month,
    measured_to_date,
    currency_code,
    cast(approved_minutes as bigint) as approved_minutes,
    cast(scheduled_minutes as decimal(18, 4)) as scheduled_minutes,
    cast(overdue_minutes as decimal(18, 4)) as overdue_minutes,
    cast(unpriced_minutes as decimal(18, 4)) as unpriced_minutes,
    cast(planned_minutes as decimal(18, 4)) as planned_minutes,
    cast(cost_amount as decimal(18, 4)) as cost_to_date_amount,
    cast(cost_amount - pass_through_amount - recharged_cost_amount as decimal(18, 4))
        as measured_cost_to_date_amount,
    cast(recharged_cost_amount as decimal(18, 4)) as recharged_cost_to_date_amount,
    cast(etc_labour_amount as decimal(18, 4)) as etc_labour_amount,
    cast(overdue_amount as decimal(18, 4)) as overdue_amount,
    cast(etc_commitments_amount as decimal(18, 4)) as etc_commitments_amount,
    cast(etc_expenses_amount as decimal(18, 4)) as etc_expenses_amount,
    cast(
        etc_labour_amount + etc_commitments_amount + etc_expenses_amount as decimal(18, 4)
    ) as etc_amount,
    cast(
        etc_labour_amount + etc_commitments_amount + etc_expenses_amount
        - etc_pass_through_amount as decimal(18, 4)
    ) as measured_etc_amount,
    cast(etc_pass_through_amount as decimal(18, 4)) as etc_pass_through_amount,
    cast(planned_amount as decimal(18, 4)) as planned_labour_amount,
    cast(planned_to_date_amount as decimal(18, 4)) as planned_labour_to_date_amount,
    cast(ordered_amount as decimal(18, 4)) as ordered_amount,
    cast(expense_budget_amount as decimal(18, 4)) as expense_budget_amount
from to_come
