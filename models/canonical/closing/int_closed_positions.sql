{{ config(materialized='view') }}
-- Grain: one row per legal entity and kept period, for the entity itself (without a project)
-- and for each of its projects: what was estimated, owed and lacking at the period's end, as
-- it was published.
select
    kept.legal_entity_code,
    kept.period_month,
    kept.project_key,
    kept.incomplete_reason,
    kept.contract_currency_code,
    kept.cost_to_date_amount,
    kept.etc_labour_amount,
    kept.etc_commitments_amount,
    kept.etc_expenses_amount,
    kept.etc_amount,
    kept.eac_amount,
    kept.bac_amount,
    kept.planned_value_amount,
    kept.earned_value_amount,
    kept.cpi_rate,
    kept.spi_rate,
    kept.eac_cpi_amount,
    kept.eac_cpi_spi_amount,
    kept.backlog_amount,
    kept.closing_amount
from {{ ref('stg_kept__closed_positions') }} as kept
inner join {{ ref('dim_cost_basis') }} as basis on kept.cost_basis = basis.cost_basis
inner join {{ ref('int_closed_periods') }} as closed
    on kept.legal_entity_code = closed.legal_entity_code
    and kept.period_month = closed.period_month
    and kept.snapshot_id = closed.snapshot_id
