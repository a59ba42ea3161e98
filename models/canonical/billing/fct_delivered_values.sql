-- Grain: one row per obligation, day of the work and whether invoices name it item by item:
-- value in contract currency, step by step. Contracts by the hour: live time at the
-- standard rate, at the rate recorded with it, approved, billable, and within the caps in
-- force, oldest work of the contract first; rechargeable expenses are whole at every step
-- but the caps. Milestones deliver their amount while accepted, any other contract what it
-- earns, recharges beside the price too: all their steps are the same. What is earned no
-- more is taken from the newest value before it.
with

obligations as (
    select * from {{ ref('dim_obligations') }}
    where revenue_method != 'none'
),

-- A price bounds its milestones.
prices as (
    select
        obligation_key,
        max_by(price_amount, period_month) as price_amount
    from {{ ref('int_obligation_months') }}
    where revenue_method = 'milestone'
    group by obligation_key
),

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
        dim_tasks.obligation_key,
        milestones.accepted_date as value_date,
        true as is_itemised,
        milestones.amount as standard_amount,
        milestones.amount as recorded_amount,
        milestones.amount as approved_amount,
        milestones.amount as chargeable_amount,
        milestones.amount as within_cap_amount
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('dim_tasks') }} as dim_tasks
        on milestones.task_key = dim_tasks.task_key
    inner join obligations on dim_tasks.obligation_key = obligations.obligation_key
    where milestones.is_accepted and obligations.revenue_method = 'milestone'

),

daily as (
    select
        obligation_key,
        value_date,
        is_itemised,
        sum(standard_amount) as standard_amount,
        sum(recorded_amount) as recorded_amount,
        sum(approved_amount) as approved_amount,
        sum(chargeable_amount) as chargeable_amount,
        sum(within_cap_amount) as within_cap_amount
    from stacked
    group by obligation_key, value_date, is_itemised
),

totalled as (
    select
        obligation_key,
        value_date,
        is_itemised,
        standard_amount,
        recorded_amount,
        approved_amount,
        chargeable_amount,
        sum(within_cap_amount) over (
            partition by obligation_key, is_itemised
            order by value_date nulls last
            rows between unbounded preceding and current row
        ) as within_to_date_amount
    from daily
),

bounded as (
    select
        totalled.obligation_key,
        totalled.value_date,
        totalled.is_itemised,
        totalled.standard_amount,
        totalled.recorded_amount,
        totalled.approved_amount,
        totalled.chargeable_amount,
        case
            when totalled.is_itemised
                then least(
                    totalled.within_to_date_amount,
                    coalesce(prices.price_amount, totalled.within_to_date_amount)
                )
            else totalled.within_to_date_amount
        end as within_to_date_amount
    from totalled
    left join prices on totalled.obligation_key = prices.obligation_key
),

lasting as (
    {{ lasting_steps(
        'bounded', key=['obligation_key', 'is_itemised'],
        total='within_to_date_amount', place=['value_date']
    ) }}
),

judged as (
    select
        lasting.*,
        obligations.project_key,
        obligations.project_code,
        obligations.obligation_code,
        obligations.legal_entity_code,
        obligations.contract_type,
        obligations.contract_currency_code,
        obligations.currency_code,
        obligations.revenue_method in ('time_and_materials', 'time_and_materials_capped')
            as is_by_the_hour,
        lasting.lasting_to - lasting.lasting_from as within_cap_amount
    from lasting
    inner join obligations on lasting.obligation_key = obligations.obligation_key
)

select
    obligation_key,
    project_key,
    project_code,
    obligation_code,
    legal_entity_code,
    value_date,
    contract_type,
    contract_currency_code,
    cast(
        case when is_by_the_hour then standard_amount else within_cap_amount end
        as decimal(18, 4)
    ) as standard_amount,
    cast(
        case when is_by_the_hour then recorded_amount else within_cap_amount end
        as decimal(18, 4)
    ) as recorded_amount,
    cast(
        case when is_by_the_hour then approved_amount else within_cap_amount end
        as decimal(18, 4)
    ) as approved_amount,
    cast(
        case when is_by_the_hour then chargeable_amount else within_cap_amount end
        as decimal(18, 4)
    ) as chargeable_amount,
    cast(within_cap_amount as decimal(18, 4)) as within_cap_amount,
    currency_code,
    is_itemised
from judged
where is_by_the_hour or within_cap_amount != 0
