-- Grain: one row per business day, project and forecast month. The refresh writes each
-- day once more whenever it publishes, so there is no version to choose.
select
    -- keys
    project_code,

    -- dates and attributes
    as_of_date,
    period_month,
    snapshot_id,
    published_at,
    currency_code,

    -- amounts
    revenue_amount,
    cost_amount,
    margin_amount,
    eac_amount
from {{ source('kept', 'forecasts') }}
