-- Grain: one row per assignment; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'assignments')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as assignment_id,
        cast(project_id as varchar) as project_id,
        cast(resource_id as varchar) as contact_id,
        cast(schedule_id as varchar) as schedule_id,

        -- dates and attributes
        nullif(trim(role), '') as role_name,
        cast(status as varchar) as assignment_status,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
