-- Grain: one row per value of a custom field and version of it that was landed.
with

source as (
    select * from {{ source('kantata', 'custom_field_values') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as custom_field_value_id,
        cast(subject_id as varchar) as subject_id,

        -- attributes
        -- documented as WorkspaceGroup, recorded as workspace_group
        case lower(replace(subject_type, '_', ''))
            when 'workspace' then 'Workspace'
            when 'workspacegroup' then 'WorkspaceGroup'
            when 'user' then 'User'
            when 'story' then 'Story'
        end as subject_type,
        cast(custom_field_name as varchar) as field_name,
        nullif(trim(value), '') as field_value,
        upper(currency_code) as currency_code,

        -- amounts
        cast(amount as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
