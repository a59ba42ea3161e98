-- Grain: one row per list of the configured systems, by its moment, and system on it.
-- Landing writes a list once and no vendor corrects it, so there is no version to choose.
select
    -- keys
    landed_at as listed_at,
    source_instance,

    -- attributes
    vendor,
    contracts
from {{ source('landing', 'instances') }}
