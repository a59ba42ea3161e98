-- Grain: one row per value of the cost centre's segment, the firm's practices; deleted
-- ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'cost_centres')) }}
),

renamed as (
    select
        nullif(trim(cast(value as varchar)), '') as cost_centre,
        cast(description as varchar) as cost_centre_name,
        cast(is_enabled as boolean) as is_enabled,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
