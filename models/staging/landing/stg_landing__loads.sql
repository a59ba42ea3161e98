-- Grain: one row per load, source instance and declared table. Landing writes each
-- row once and no vendor corrects it, so there is no version to choose.
select
    -- keys
    load_id,
    source_instance,
    vendor,
    table_name,

    -- dates and attributes
    as_of_date,
    started_at,
    status,
    error,
    deletions,

    -- quantities
    rows_read,
    rows_landed
from {{ source('landing', 'loads') }}
