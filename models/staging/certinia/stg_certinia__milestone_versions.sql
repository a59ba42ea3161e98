-- Grain: one row per milestone and version of it that was landed.
with

source as (
    select * from {{ source('certinia', 'milestones') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as milestone_id,
        cast(project_id as varchar) as project_id,

        -- dates and attributes
        cast(actual_date as date) as actual_date,

        -- flags
        cast(approved as boolean) as is_approved,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
