-- Grain: one row per employee.
with

source as (
    select * from {{ current_version(source('netsuite', 'employees')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as employee_id,
        cast(entity_id as varchar) as employee_number,
        cast(subsidiary as varchar) as subsidiary_id,

        -- attributes
        trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')) as full_name,

        -- flags
        cast(is_inactive as boolean) as is_inactive,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
