-- Grain: one row per submission of a person's week on one project.
with

source as (
    select * from {{ current_version(source('kantata', 'timesheet_submissions')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as timesheet_id,
        cast(user_id as varchar) as user_id,
        cast(workspace_id as varchar) as project_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(current_resolution_created_at_date as timestamp) as decided_at,
        lower(status) as status,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
