{{ config(materialized='view') }}
-- Grain: one row per record that the estimates of an obligation rest on: its price, what
-- changed that, the work planned for it, what was ordered and the expenses planned. What of
-- it is still to come at a month's end: int_work_to_come.
with

obligations as (select * from {{ ref('dim_obligations') }}),

stacked as (

    select
        'price|' || obligation_key as line_key,
        obligation_key,
        'price' as component,
        service_start_date as effective_date,
        correlation_id,
        cast(null as bigint) as source_version,
        obligation_name as item,
        included_minutes as planned_minutes,
        coalesce(price_amount, cap_amount) as amount,
        contract_currency_code as currency_code
    from obligations

    union all

    select
        'modification|' || modification_key as line_key,
        obligation_key,
        'modification' as component,
        effective_date,
        correlation_id,
        source_version,
        modification_name as item,
        cast(null as bigint) as planned_minutes,
        price_change_amount as amount,
        currency_code
    from {{ ref('fct_contract_modifications') }}
    where obligation_key is not null

    union all

    select
        'allocation|' || planned.allocation_key as line_key,
        planned.obligation_key,
        'allocation' as component,
        planned.start_date as effective_date,
        allocations.correlation_id,
        allocations.source_version,
        cast(null as varchar) as item,
        planned.planned_minutes,
        planned.planned_cost_amount as amount,
        planned.currency_code
    from {{ ref('int_allocations_priced') }} as planned
    inner join {{ ref('fct_allocations') }} as allocations
        on planned.allocation_key = allocations.allocation_key
    where planned.obligation_key is not null

    union all

    select
        'order|' || commitments.commitment_key as line_key,
        obligations.obligation_key,
        'order' as component,
        commitments.ordered_date as effective_date,
        commitments.correlation_id,
        commitments.source_version,
        commitments.po_number as item,
        cast(null as bigint) as planned_minutes,
        commitments.ordered_amount as amount,
        commitments.currency_code
    from {{ ref('fct_purchase_commitments') }} as commitments
    inner join obligations
        on commitments.project_key = obligations.project_key
        and obligations.is_first
    where not commitments.is_hours

    union all

    select
        'expense_budget|' || projects.project_key as line_key,
        obligations.obligation_key,
        'expense_budget' as component,
        projects.service_start_date as effective_date,
        projects.correlation_id,
        cast(null as bigint) as source_version,
        cast(null as varchar) as item,
        cast(null as bigint) as planned_minutes,
        projects.expense_budget_amount as amount,
        projects.expense_budget_currency_code as currency_code
    from {{ ref('dim_projects') }} as projects
    inner join obligations
        on projects.project_key = obligations.project_key
        and obligations.is_first
    where projects.expense_budget_amount is not null

)

select
    stacked.line_key,
    obligations.project_key,
    obligations.project_code,
    stacked.obligation_key,
    stacked.component,
    stacked.effective_date,
    stacked.correlation_id,
    stacked.source_version,
    stacked.item,
    cast(stacked.planned_minutes as bigint) as planned_minutes,
    cast(stacked.amount as decimal(18, 4)) as amount,
    stacked.currency_code
from stacked
inner join obligations on stacked.obligation_key = obligations.obligation_key
