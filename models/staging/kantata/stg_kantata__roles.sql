-- Grain: one row per Kantata role; retired and deleted ones stay, flagged.
with

source as (
    select
        id,
        name,
        source_instance,
        _key,
        _version,
        _event_id,
        _changed_at,
        _landed_at,
        coalesce(_deleted, false) or deleted_at is not null as _deleted
    from {{ current_version(source('kantata', 'roles')) }}
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
