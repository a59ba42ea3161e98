-- Grain: one row per basis of cost, snapshot, project, legal entity, day of a closed period and
-- closed period that it corrects. What was kept before cost could be put off put off none.
select
    -- keys
    cost_basis,
    snapshot_id,
    legal_entity_code,
    period_month,
    project_key,
    project_code,
    activity_date,
    closed_period_month,

    -- attributes
    contract_currency_code,
    currency_code,
    reporting_currency_code,

    -- quantities and amounts
    approved_minutes,
    submitted_minutes,
    standard_value_amount,
    contract_recognised_amount,
    contract_write_down_amount,
    contract_billed_amount,
    recognised_amount,
    write_down_amount,
    billed_amount,
    labour_raw_provisional_amount,
    labour_provisional_amount,
    labour_raw_actual_amount,
    labour_actual_amount,
    burden_actualisation_amount,
    labour_cost_amount,
    subcontractor_accrual_amount,
    subcontractor_amount,
    expense_amount,
    coalesce(deferred_cost_amount, 0) as deferred_cost_amount,
    loss_provision_amount,
    total_cost_amount,
    reporting_recognised_amount,
    reporting_write_down_amount,
    reporting_billed_amount,
    reporting_labour_cost_amount,
    reporting_subcontractor_amount,
    reporting_expense_amount,
    coalesce(reporting_deferred_cost_amount, 0) as reporting_deferred_cost_amount,
    reporting_loss_provision_amount
from {{ source('kept', 'closed_activity') }}
