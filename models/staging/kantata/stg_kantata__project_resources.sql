-- Grain: one row per seat on a project, named or not; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'workspace_resources')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as project_resource_id,
        cast(workspace_id as varchar) as project_id,
        cast(user_id as varchar) as user_id,
        cast(role_id as varchar) as role_id,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
