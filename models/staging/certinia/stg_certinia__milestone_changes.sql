-- Grain: one row per change of a field of a milestone; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'milestone_changes')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as milestone_change_id,
        cast(milestone_id as varchar) as milestone_id,

        -- dates and attributes
        cast(field as varchar) as field_name,
        lower(new_value) as new_value,
        cast(created_date as timestamp) as changed_at,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
