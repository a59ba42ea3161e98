-- Grain: one row per source instance and setting: what its tenant calls it now.
with

ranked as (
    select
        *,
        row_number() over (
            partition by source_instance, setting
            order by landed_at desc nulls last, _event_id desc nulls last
        ) as row_place
    from {{ source('landing', 'settings') }}
)

select
    -- keys
    source_instance,
    setting,

    -- attributes
    vendor,
    value as setting_value,
    landed_at
from ranked
where row_place = 1
