-- Grain: one row per role; one that may not be chosen any more stays, flagged as deleted.
with

source as (
    select
        value,
        label,
        source_instance,
        _key,
        _version,
        _event_id,
        _changed_at,
        _landed_at,
        coalesce(_deleted, false) or not active as _deleted
    from {{ current_version(source('certinia', 'roles')) }}
),

renamed as (
    select
        -- keys
        cast(value as varchar) as role_name,

        -- dates and attributes
        cast(label as varchar) as role_label,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
