-- Grain: one row per Kantata customer group; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'workspace_groups')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as customer_group_id,

        -- attributes
        cast(name as varchar) as customer_name,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
