-- Grain: one row per department.
with

source as (
    select * from {{ current_version(source('netsuite', 'departments')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as department_id,
        cast(external_id as varchar) as practice_code,

        -- attributes
        cast(name as varchar) as department_name,

        -- flags
        cast(is_inactive as boolean) as is_inactive,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
