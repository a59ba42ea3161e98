-- Grain: one row per Kantata role; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'roles')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as role_id,

        -- attributes
        cast(name as varchar) as role_name,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
