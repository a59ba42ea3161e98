-- Grain: one row per user and version of it that was landed.
with

source as (
    select * from {{ source('kantata', 'users') }}
),

renamed as (
    select
        cast(id as varchar) as user_id,
        cast(role_id as varchar) as role_id,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
