{{ config(materialized='view') }}
-- Grain: one row per record that earns revenue, per price concession, and per obligation
-- and month that is measured cumulatively; the change of each provision for a loss, and what
-- of cost is put off.
with

earned as (
    select * from {{ ref('fct_revenue') }}
    where source_key is not null
),

by_time as (
    select
        'revenue|' || earned.revenue_key as line_key,
        earned.obligation_key,
        earned.project_key,
        earned.revenue_date as line_date,
        earned.period_month,
        'revenue' as component,
        'bill_rate' as valued_by,
        time_entries.correlation_id,
        time_entries.source_version,
        time_entries.role_name as item,
        time_values.chargeable_minutes as worked_minutes,
        time_values.contract_bill_rate as unit_rate,
        time_values.price_factor as rate_factor,
        earned.contract_amount as stated_amount,
        earned.contract_currency_code as stated_currency_code,
        earned.recognised_amount as amount,
        earned.currency_code
    from earned
    inner join {{ ref('fct_time_entries') }} as time_entries
        on earned.source_key = time_entries.time_entry_key
    inner join {{ ref('fct_time_values') }} as time_values
        on earned.source_key = time_values.time_entry_key
),

by_record as (
    select
        'revenue|' || earned.revenue_key as line_key,
        earned.obligation_key,
        earned.project_key,
        earned.revenue_date as line_date,
        earned.period_month,
        case when earned.is_write_down then 'write_down' else 'revenue' end as component,
        case
            when expenses.expense_key is not null then 'recharged_expense'
            when milestones.milestone_key is null then 'discount'
            when earned.contract_amount < 0 then 'milestone_taken_back'
            else 'milestone_accepted'
        end as valued_by,
        coalesce(
            expenses.correlation_id, milestones.correlation_id, write_downs.correlation_id
        ) as correlation_id,
        coalesce(
            expenses.source_version, milestones.source_version, write_downs.source_version
        ) as source_version,
        coalesce(
            expenses.category_name, milestones.milestone_title, write_downs.reason
        ) as item,
        cast(null as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        earned.contract_amount as stated_amount,
        earned.contract_currency_code as stated_currency_code,
        earned.recognised_amount as amount,
        earned.currency_code
    from earned
    left join {{ ref('fct_expenses') }} as expenses
        on earned.source_key = expenses.expense_key
    left join {{ ref('dim_milestones') }} as milestones
        on earned.source_key = milestones.milestone_key
    left join {{ ref('fct_write_downs') }} as write_downs
        on earned.source_key = write_downs.write_down_key
    where
        expenses.expense_key is not null
        or milestones.milestone_key is not null
        or write_downs.write_down_key is not null
),

by_month as (
    select
        'revenue|' || obligations.obligation_key || '|'
        || cast(revenue.period_month as varchar) as line_key,
        revenue.obligation_key,
        revenue.project_key,
        max(revenue.revenue_date) as line_date,
        revenue.period_month,
        'revenue' as component,
        revenue.revenue_method as valued_by,
        obligations.correlation_id,
        cast(null as bigint) as source_version,
        obligations.obligation_name as item,
        cast(null as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        sum(revenue.contract_amount) as stated_amount,
        revenue.contract_currency_code as stated_currency_code,
        sum(revenue.recognised_amount) as amount,
        revenue.currency_code
    from {{ ref('fct_revenue') }} as revenue
    inner join {{ ref('dim_obligations') }} as obligations
        on revenue.obligation_key = obligations.obligation_key
    where revenue.source_key is null
    group by
        obligations.obligation_key,
        obligations.correlation_id,
        obligations.obligation_name,
        revenue.obligation_key,
        revenue.project_key,
        revenue.period_month,
        revenue.revenue_method,
        revenue.contract_currency_code,
        revenue.currency_code
),

provisions as (
    select
        'loss_provision|' || provisions.obligation_key || '|'
        || cast(provisions.period_month as varchar) as line_key,
        provisions.obligation_key,
        provisions.project_key,
        provisions.measured_to_date as line_date,
        provisions.period_month,
        'loss_provision' as component,
        'expected_loss' as valued_by,
        obligations.correlation_id,
        cast(null as bigint) as source_version,
        obligations.obligation_name as item,
        cast(null as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        provisions.provided_amount as stated_amount,
        provisions.currency_code as stated_currency_code,
        provisions.provided_amount as amount,
        provisions.currency_code
    from {{ ref('fct_loss_provisions') }} as provisions
    inner join {{ ref('dim_obligations') }} as obligations
        on provisions.obligation_key = obligations.obligation_key
    where provisions.provided_amount != 0
),

stacked as (

    select * from by_time

    union all

    select * from by_record

    union all

    select * from by_month

    union all

    select * from provisions

)

select
    line_key,
    obligation_key,
    project_key,
    line_date,
    period_month,
    component,
    valued_by,
    false as is_provisional,
    correlation_id,
    source_version,
    item,
    cast(worked_minutes as bigint) as worked_minutes,
    cast(unit_rate as decimal(18, 6)) as unit_rate,
    rate_factor,
    cast(null as decimal(18, 4)) as payroll_amount,
    cast(stated_amount as decimal(18, 4)) as stated_amount,
    stated_currency_code,
    cast(amount as decimal(18, 4)) as amount,
    currency_code
from stacked
