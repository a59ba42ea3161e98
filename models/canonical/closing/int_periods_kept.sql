{{ config(materialized='view') }}
-- Grain: one row per basis of cost, legal entity and closed period whose figures were kept
-- when it was first published as closed. What the ERP has opened again is not in it, nor a
-- period whose days, or whose entity's currency, are others now.
select
    kept.cost_basis,
    kept.legal_entity_code,
    kept.period_month,
    kept.period_end_date,
    kept.snapshot_id,
    kept.published_at,
    kept.is_whole
from {{ ref('stg_kept__closed_periods') }} as kept
inner join {{ ref('dim_periods') }} as periods
    on kept.legal_entity_code = periods.legal_entity_code
    and kept.period_month = periods.period_month
    and kept.period_end_date = periods.period_end_date
    and periods.is_closed
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on kept.legal_entity_code = legal_entities.legal_entity_code
    and kept.currency_code = legal_entities.currency_code
where kept.released_at is null
