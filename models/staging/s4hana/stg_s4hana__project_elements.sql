-- Grain: one row per WBS element; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'project_elements')) }}
),

renamed as (
    select
        -- keys
        cast(project_element_uuid as varchar) as project_element_uuid,
        cast(project_element as varchar) as wbs_element,
        cast(project_uuid as varchar) as project_uuid,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
