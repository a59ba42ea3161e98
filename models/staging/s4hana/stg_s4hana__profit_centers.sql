-- Grain: one row per profit centre; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'profit_centers')) }}
),

renamed as (
    select
        -- keys
        cast(profit_center as varchar) as profit_center,
        cast(controlling_area as varchar) as controlling_area,

        -- attributes
        cast(profit_center_name as varchar) as profit_center_name,

        -- flags
        coalesce(is_blocked, false) as is_blocked,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
