{{ config(materialized='view') }}
-- Grain: one row per record that bears cost: an approved time entry of an employee or a
-- contractor, bills that no approved time covers, a day of an order for goods, an expense
-- line; with the rate it was priced at.
with

time_entries as (
    select
        time_entry_key,
        correlation_id,
        source_version
    from {{ ref('fct_time_entries') }}
),

labour as (
    select
        'labour|' || labour.time_entry_key as line_key,
        labour.obligation_key,
        labour.project_key,
        labour.work_date as line_date,
        labour.period_month,
        'labour' as component,
        case when labour.is_actual then 'payroll' else 'cost_rate' end as valued_by,
        not labour.is_actual as is_provisional,
        time_entries.correlation_id,
        time_entries.source_version,
        cast(null as varchar) as item,
        labour.worked_minutes,
        labour.cost_rate as unit_rate,
        case
            when labour.is_actual then labour.borne_rate
            else cast(
                coalesce(
                    {{ rounded_product(
                        ['(1 + labour.burden_rate)', 'labour.cost_minutes'], 6,
                        divided_by='labour.worked_minutes'
                    ) }}, 1 + labour.burden_rate
                ) as decimal(18, 6)
            )
        end as rate_factor,
        labour.home_payroll_amount as payroll_amount,
        case
            when labour.is_actual then labour.home_actual_amount
            else labour.home_provisional_amount
        end as stated_amount,
        labour.home_currency_code as stated_currency_code,
        labour.cost_amount as amount,
        labour.currency_code
    from {{ ref('fct_labour_costs') }} as labour
    inner join time_entries on labour.time_entry_key = time_entries.time_entry_key
),

subcontractors as (
    select
        'subcontractor|' || subcontracted.cost_key as line_key,
        subcontracted.obligation_key,
        subcontracted.project_key,
        subcontracted.cost_date as line_date,
        subcontracted.period_month,
        'subcontractor' as component,
        case
            when subcontracted.time_entry_key is null then 'vendor_bill' else 'order_rate'
        end as valued_by,
        not subcontracted.is_billed as is_provisional,
        coalesce(time_entries.correlation_id, bills.correlation_id) as correlation_id,
        coalesce(time_entries.source_version, bills.source_version) as source_version,
        cast(null as varchar) as item,
        subcontracted.worked_minutes,
        subcontracted.hourly_rate as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        cast(null as decimal(18, 4)) as payroll_amount,
        subcontracted.stated_amount,
        subcontracted.stated_currency_code,
        subcontracted.cost_amount as amount,
        subcontracted.currency_code
    from {{ ref('fct_subcontractor_costs') }} as subcontracted
    left join time_entries
        on subcontracted.time_entry_key = time_entries.time_entry_key
    left join {{ ref('fct_vendor_bills') }} as bills
        on subcontracted.vendor_bill_key = bills.vendor_bill_key
),

purchases as (
    select
        'purchase|' || purchases.commitment_key || '|' || cast(purchases.cost_date as varchar)
            as line_key,
        purchases.obligation_key,
        purchases.project_key,
        purchases.cost_date as line_date,
        purchases.period_month,
        'subcontractor' as component,
        case when purchases.billed_amount != 0 then 'goods_billed' else 'goods_received' end
            as valued_by,
        purchases.provisional_amount > 0 as is_provisional,
        commitments.correlation_id,
        commitments.source_version,
        commitments.po_number as item,
        cast(null as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        cast(null as decimal(18, 4)) as payroll_amount,
        purchases.cost_amount as stated_amount,
        purchases.currency_code as stated_currency_code,
        purchases.cost_amount as amount,
        purchases.currency_code
    from {{ ref('fct_purchase_costs') }} as purchases
    inner join {{ ref('fct_purchase_commitments') }} as commitments
        on purchases.commitment_key = commitments.commitment_key
),

expense_lines as (
    select
        'expense|' || costs_of_expenses.expense_key as line_key,
        costs_of_expenses.obligation_key,
        costs_of_expenses.project_key,
        costs_of_expenses.cost_date as line_date,
        costs_of_expenses.period_month,
        'expense' as component,
        'expense_line' as valued_by,
        false as is_provisional,
        expenses.correlation_id,
        expenses.source_version,
        expenses.category_name as item,
        cast(null as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as unit_rate,
        cast(null as decimal(18, 6)) as rate_factor,
        cast(null as decimal(18, 4)) as payroll_amount,
        expenses.net_amount as stated_amount,
        expenses.currency_code as stated_currency_code,
        costs_of_expenses.cost_amount as amount,
        costs_of_expenses.currency_code
    from {{ ref('fct_expense_costs') }} as costs_of_expenses
    inner join {{ ref('fct_expenses') }} as expenses
        on costs_of_expenses.expense_key = expenses.expense_key
),

stacked as (

    select * from labour

    union all

    select * from subcontractors

    union all

    select * from purchases

    union all

    select * from expense_lines

)

select
    line_key,
    obligation_key,
    project_key,
    line_date,
    period_month,
    component,
    valued_by,
    is_provisional,
    correlation_id,
    source_version,
    item,
    cast(worked_minutes as bigint) as worked_minutes,
    cast(unit_rate as decimal(18, 6)) as unit_rate,
    cast(rate_factor as decimal(18, 6)) as rate_factor,
    cast(payroll_amount as decimal(18, 4)) as payroll_amount,
    cast(stated_amount as decimal(18, 4)) as stated_amount,
    stated_currency_code,
    cast(amount as decimal(18, 4)) as amount,
    currency_code
from stacked
