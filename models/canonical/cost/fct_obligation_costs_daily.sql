-- Grain: one row per obligation and day that bears cost. The kinds of cost are stacked,
-- not joined, so that a day with one kind only keeps it. Contractors and other purchases
-- are third parties' cost; what was passed through, or is charged beside the price, is no
-- sign of progress.
with

obligations as (select * from {{ ref('dim_obligations') }}),

stacked as (

    select
        obligation_key,
        work_date as cost_date,
        raw_provisional_amount as labour_raw_provisional_amount,
        provisional_amount as labour_provisional_amount,
        coalesce(raw_actual_amount, 0) as labour_raw_actual_amount,
        coalesce(actual_amount, 0) as labour_actual_amount,
        coalesce(burden_actualisation_amount, 0) as burden_actualisation_amount,
        cost_amount as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        0 as expense_amount,
        0 as pass_through_amount,
        0 as recharged_cost_amount,
        0 as disallowed_amount
    from {{ ref('fct_labour_costs') }}

    union all

    select
        obligation_key,
        cost_date,
        0 as labour_raw_provisional_amount,
        0 as labour_provisional_amount,
        0 as labour_raw_actual_amount,
        0 as labour_actual_amount,
        0 as burden_actualisation_amount,
        0 as labour_cost_amount,
        cost_amount - billed_amount as subcontractor_accrual_amount,
        cost_amount as subcontractor_amount,
        0 as expense_amount,
        0 as pass_through_amount,
        0 as recharged_cost_amount,
        0 as disallowed_amount
    from {{ ref('fct_subcontractor_costs') }}

    union all

    select
        obligation_key,
        cost_date,
        0 as labour_raw_provisional_amount,
        0 as labour_provisional_amount,
        0 as labour_raw_actual_amount,
        0 as labour_actual_amount,
        0 as burden_actualisation_amount,
        0 as labour_cost_amount,
        provisional_amount as subcontractor_accrual_amount,
        cost_amount as subcontractor_amount,
        0 as expense_amount,
        case when is_pass_through then cost_amount else 0 end as pass_through_amount,
        0 as recharged_cost_amount,
        0 as disallowed_amount
    from {{ ref('fct_purchase_costs') }}

    union all

    select
        obligation_key,
        cost_date,
        0 as labour_raw_provisional_amount,
        0 as labour_provisional_amount,
        0 as labour_raw_actual_amount,
        0 as labour_actual_amount,
        0 as burden_actualisation_amount,
        0 as labour_cost_amount,
        0 as subcontractor_accrual_amount,
        0 as subcontractor_amount,
        cost_amount as expense_amount,
        case when is_pass_through and not is_rechargeable then cost_amount else 0 end
            as pass_through_amount,
        case when is_rechargeable then cost_amount else 0 end as recharged_cost_amount,
        case when is_allowable then 0 else cost_amount end as disallowed_amount
    from {{ ref('fct_expense_costs') }}

),

summed as (
    select
        obligation_key,
        cost_date,
        coalesce(sum(labour_raw_provisional_amount), 0) as labour_raw_provisional_amount,
        coalesce(sum(labour_provisional_amount), 0) as labour_provisional_amount,
        coalesce(sum(labour_raw_actual_amount), 0) as labour_raw_actual_amount,
        coalesce(sum(labour_actual_amount), 0) as labour_actual_amount,
        coalesce(sum(burden_actualisation_amount), 0) as burden_actualisation_amount,
        coalesce(sum(labour_cost_amount), 0) as labour_cost_amount,
        coalesce(sum(subcontractor_accrual_amount), 0) as subcontractor_accrual_amount,
        coalesce(sum(subcontractor_amount), 0) as subcontractor_amount,
        coalesce(sum(expense_amount), 0) as expense_amount,
        coalesce(sum(pass_through_amount), 0) as pass_through_amount,
        coalesce(sum(recharged_cost_amount), 0) as recharged_cost_amount,
        coalesce(sum(disallowed_amount), 0) as disallowed_amount
    from stacked
    where obligation_key is not null
    group by obligation_key, cost_date
)

select
    summed.obligation_key,
    obligations.project_key,
    obligations.project_code,
    summed.cost_date,
    {{ period_start('periods', 'summed.cost_date') }} as period_month,
    {{ week_start('summed.cost_date') }} as week_start_date,
    obligations.currency_code,
    cast(summed.labour_raw_provisional_amount as decimal(18, 4)) as labour_raw_provisional_amount,
    cast(summed.labour_provisional_amount as decimal(18, 4)) as labour_provisional_amount,
    cast(summed.labour_raw_actual_amount as decimal(18, 4)) as labour_raw_actual_amount,
    cast(summed.labour_actual_amount as decimal(18, 4)) as labour_actual_amount,
    cast(summed.burden_actualisation_amount as decimal(18, 4)) as burden_actualisation_amount,
    cast(summed.labour_cost_amount as decimal(18, 4)) as labour_cost_amount,
    cast(summed.subcontractor_accrual_amount as decimal(18, 4)) as subcontractor_accrual_amount,
    cast(summed.subcontractor_amount as decimal(18, 4)) as subcontractor_amount,
    cast(summed.expense_amount as decimal(18, 4)) as expense_amount,
    cast(summed.pass_through_amount as decimal(18, 4)) as pass_through_amount,
    cast(summed.recharged_cost_amount as decimal(18, 4)) as recharged_cost_amount,
    cast(summed.disallowed_amount as decimal(18, 4)) as disallowed_amount,
    cast(
        summed.labour_cost_amount + summed.subcontractor_amount + summed.expense_amount
        as decimal(18, 4)
    ) as total_cost_amount
from summed
inner join obligations on summed.obligation_key = obligations.obligation_key
{{ join_period('periods', 'obligations.legal_entity_code', 'summed.cost_date') }}
