-- Grain: one row per task; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'project_tasks')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as task_id,
        cast(project_id as varchar) as project_id,

        -- dates and attributes
        cast(name as varchar) as task_name,
        cast(status as varchar) as task_status,
        nullif(trim(obligation), '') as obligation_code,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
