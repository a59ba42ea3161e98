-- Grain: one row per resource; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'contacts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as contact_id,
        cast(practice_id as varchar) as practice_id,

        -- dates and attributes
        cast(name as varchar) as full_name,
        lower(trim(email)) as email,
        nullif(trim(employee_number), '') as employee_number,
        nullif(trim(resource_role), '') as role_name,

        -- flags
        cast(is_resource as boolean) as is_resource,
        cast(is_resource_active as boolean) as is_active,
        cast(external_resource as boolean) as is_external,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
