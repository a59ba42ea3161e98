{{ config(materialized='view') }}
-- Grain: one row per legal entity and closed period whose figures were kept at this build's
-- basis of cost.
select
    kept.legal_entity_code,
    kept.period_month,
    kept.period_end_date,
    kept.snapshot_id,
    kept.published_at,
    kept.is_whole
from {{ ref('int_periods_kept') }} as kept
inner join {{ ref('dim_cost_basis') }} as basis on kept.cost_basis = basis.cost_basis
