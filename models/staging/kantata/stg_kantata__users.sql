-- Grain: one row per Kantata user; disabled ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'users')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as user_id,
        cast(role_id as varchar) as role_id,

        -- attributes
        cast(full_name as varchar) as full_name,
        lower(email_address) as email,
        lower(classification) as classification,

        -- flags
        cast(disabled as boolean) as is_disabled,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
