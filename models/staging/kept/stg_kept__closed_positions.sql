-- Grain: one row per basis of cost, snapshot, legal entity, closed period and project.
select
    -- keys
    cost_basis,
    snapshot_id,
    legal_entity_code,
    period_month,
    project_key,

    -- attributes
    incomplete_reason,
    contract_currency_code,

    -- amounts
    cost_to_date_amount,
    etc_labour_amount,
    etc_commitments_amount,
    etc_expenses_amount,
    etc_amount,
    eac_amount,
    bac_amount,
    planned_value_amount,
    earned_value_amount,
    cpi_rate,
    spi_rate,
    eac_cpi_amount,
    eac_cpi_spi_amount,
    backlog_amount,
    closing_amount
from {{ source('kept', 'closed_positions') }}
