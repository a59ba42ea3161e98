-- Grain: one row per project and month with an unbilled balance: the balance by the age
-- of the work, in contract currency. Invoices, discounts and what was unearned are applied
-- to the oldest work first, so the balance is the newest work; its age is the month's end
-- (the as-of date in the current month) less the day it was earned. What was learned of a
-- closed period later is as old as that period.
with

balances as (
    select
        balances.project_key,
        balances.project_code,
        balances.period_month,
        months.measured_to_date,
        balances.contract_currency_code,
        balances.contract_closing_amount
    from {{ ref('fct_contract_balances_monthly') }} as balances
    inner join {{ ref('int_project_periods') }} as months
        on balances.project_key = months.project_key
        and balances.period_month = months.period_month
    where balances.contract_closing_amount > 0
),

daily as (
    select
        *,
        coalesce(closed_period_month, activity_date) as earned_date
    from {{ ref('fct_project_activity_daily') }}
),

earned as (
    select
        balances.project_key,
        balances.period_month,
        {{ dbt.datediff('daily.earned_date', 'balances.measured_to_date', 'day') }}
            as age_days,
        daily.contract_recognised_amount + daily.contract_write_down_amount
            as earned_amount
    from balances
    inner join daily
        on balances.project_key = daily.project_key
        and balances.measured_to_date >= daily.activity_date
        and cast({{ dbt.dateadd('day', -90, 'balances.measured_to_date') }} as date)
        <= daily.earned_date
    where daily.contract_recognised_amount + daily.contract_write_down_amount > 0
),

-- What was earned in the 30, 60 and 90 days up to the month's end.
recent as (
    select
        project_key,
        period_month,
        sum(case when age_days <= 30 then earned_amount else 0 end) as earned_30_amount,
        sum(case when age_days <= 60 then earned_amount else 0 end) as earned_60_amount,
        sum(earned_amount) as earned_90_amount
    from earned
    group by project_key, period_month
),

newest_first as (
    select
        balances.*,
        least(balances.contract_closing_amount, coalesce(recent.earned_30_amount, 0))
            as within_30_amount,
        least(balances.contract_closing_amount, coalesce(recent.earned_60_amount, 0))
            as within_60_amount,
        least(balances.contract_closing_amount, coalesce(recent.earned_90_amount, 0))
            as within_90_amount
    from balances
    left join recent
        on balances.project_key = recent.project_key
        and balances.period_month = recent.period_month
)

select
    project_key,
    project_code,
    period_month,
    contract_currency_code as currency_code,
    cast(contract_closing_amount as decimal(18, 4)) as unbilled_amount,
    cast(within_30_amount as decimal(18, 4)) as age_0_30_amount,
    cast(within_60_amount - within_30_amount as decimal(18, 4)) as age_31_60_amount,
    cast(within_90_amount - within_60_amount as decimal(18, 4)) as age_61_90_amount,
    cast(contract_closing_amount - within_90_amount as decimal(18, 4))
        as age_over_90_amount
from newest_first
