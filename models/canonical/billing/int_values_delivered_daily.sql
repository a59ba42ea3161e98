-- Grain: one row per obligation, day of the work and whether invoices name it item by item:
-- what was delivered that day in contract currency, step by step. Contracts by the hour: live
-- time at the standard rate, at the rate recorded with it, approved, billable, and within the
-- caps in force; rechargeable expenses are whole at every step but the caps. Milestones
-- deliver their amount while accepted, any other contract what it earns or earns no more,
-- recharges beside the price too: all their steps are the same.
with

obligations as (select * from {{ ref('dim_obligations') }}),

stacked as (

    select
        priced.obligation_key,
        priced.work_date as value_date,
        obligations.revenue_method = 'time_and_materials' as is_itemised,
        coalesce(priced.contract_standard_amount, priced.contract_recorded_amount, 0)
            as standard_amount,
        coalesce(priced.contract_recorded_amount, 0) as recorded_amount,
        case
            when priced.is_approved then coalesce(priced.contract_recorded_amount, 0)
            else 0
        end as approved_amount,
        case
            when priced.is_approved then coalesce(priced.contract_billable_amount, 0)
            else 0
        end as chargeable_amount,
        case
            when priced.is_approved and obligations.revenue_method = 'time_and_materials'
                then coalesce(priced.contract_billable_amount, 0)
            else 0
        end as within_cap_amount
    from {{ ref('int_time_priced') }} as priced
    inner join obligations on priced.obligation_key = obligations.obligation_key
    where obligations.revenue_method in ('time_and_materials', 'time_and_materials_capped')

    union all

    select
        expenses.obligation_key,
        expenses.cost_date as value_date,
        false as is_itemised,
        expenses.contract_recharge_amount as standard_amount,
        expenses.contract_recharge_amount as recorded_amount,
        expenses.contract_recharge_amount as approved_amount,
        expenses.contract_recharge_amount as chargeable_amount,
        case
            when obligations.revenue_method = 'time_and_materials'
                then expenses.contract_recharge_amount
            else 0
        end as within_cap_amount
    from {{ ref('fct_expense_costs') }} as expenses
    inner join obligations on expenses.obligation_key = obligations.obligation_key
    where
        expenses.contract_recharge_amount != 0
        and obligations.revenue_method in ('time_and_materials', 'time_and_materials_capped')

    union all

    select
        obligation_key,
        work_date as value_date,
        false as is_itemised,
        0 as standard_amount,
        0 as recorded_amount,
        0 as approved_amount,
        0 as chargeable_amount,
        within_cap_amount
    from {{ ref('int_work_within_caps') }}
    where is_in_force

    union all

    select
        obligation_key,
        revenue_date as value_date,
        false as is_itemised,
        contract_amount as standard_amount,
        contract_amount as recorded_amount,
        contract_amount as approved_amount,
        contract_amount as chargeable_amount,
        contract_amount as within_cap_amount
    from {{ ref('fct_revenue') }}
    where
        not is_write_down
        and revenue_method not in ('time_and_materials', 'time_and_materials_capped')
        and (is_recharge or revenue_method != 'milestone')

    union all

    select
        milestones.obligation_key,
        milestones.accepted_date as value_date,
        true as is_itemised,
        milestones.contract_amount as standard_amount,
        milestones.contract_amount as recorded_amount,
        milestones.contract_amount as approved_amount,
        milestones.contract_amount as chargeable_amount,
        milestones.contract_amount as within_cap_amount
    from {{ ref('dim_milestones') }} as milestones
    inner join obligations on milestones.obligation_key = obligations.obligation_key
    where milestones.is_accepted and obligations.revenue_method = 'milestone'

)

select
    obligation_key,
    value_date,
    is_itemised,
    cast(sum(standard_amount) as decimal(18, 4)) as standard_amount,
    cast(sum(recorded_amount) as decimal(18, 4)) as recorded_amount,
    cast(sum(approved_amount) as decimal(18, 4)) as approved_amount,
    cast(sum(chargeable_amount) as decimal(18, 4)) as chargeable_amount,
    cast(sum(within_cap_amount) as decimal(18, 4)) as within_cap_amount
from stacked
group by obligation_key, value_date, is_itemised
