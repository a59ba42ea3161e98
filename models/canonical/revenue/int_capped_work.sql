-- Grain: one row per obligation that is capped time and materials, day and role (none of
-- expenses that are recharged): what is chargeable, in contract currency, numbered in
-- order of work over all obligations of the contract, which share its caps.
with

obligations as (
    select * from {{ ref('dim_obligations') }}
    where revenue_method = 'time_and_materials_capped'
),

stacked as (

    select
        obligation_key,
        work_date,
        period_month,
        role_name,
        contract_billable_amount as value_amount
    from {{ ref('fct_time_values') }}

    union all

    select
        obligation_key,
        cost_date as work_date,
        period_month,
        cast(null as varchar) as role_name,
        contract_recharge_amount as value_amount
    from {{ ref('fct_expense_costs') }}

),

summed as (
    select
        obligations.project_key,
        obligations.obligation_key,
        obligations.obligation_code,
        obligations.contract_currency_code,
        stacked.work_date,
        stacked.period_month,
        stacked.role_name,
        sum(stacked.value_amount) as value_amount
    from stacked
    inner join obligations on stacked.obligation_key = obligations.obligation_key
    where stacked.value_amount != 0
    group by
        obligations.project_key,
        obligations.obligation_key,
        obligations.obligation_code,
        obligations.contract_currency_code,
        stacked.work_date,
        stacked.period_month,
        stacked.role_name
)

select
    project_key,
    row_number() over (
        partition by project_key
        order by work_date nulls last, obligation_code nulls last, role_name nulls last
    ) as work_number,
    obligation_key,
    work_date,
    period_month,
    role_name,
    contract_currency_code,
    cast(value_amount as decimal(18, 4)) as value_amount
from summed
