-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('certinia', 'projects') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as project_id,

        -- dates and attributes
        cast(name as varchar) as project_name,
        nullif(trim(project_code), '') as project_code,

        -- quantities and rates
        cast(recognition_percent as decimal(9, 4)) as recognition_percent,

        -- flags
        cast(is_template as boolean) as is_pattern,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
