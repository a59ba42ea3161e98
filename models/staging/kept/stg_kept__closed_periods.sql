-- Grain: one row per basis of cost, legal entity, closed period and snapshot that kept it.
select
    -- keys
    cost_basis,
    legal_entity_code,
    period_month,
    snapshot_id,

    -- dates and attributes
    period_end_date,
    published_at,
    released_at,
    currency_code,
    coalesce(is_whole, false) as is_whole
from {{ source('kept', 'closed_periods') }}
