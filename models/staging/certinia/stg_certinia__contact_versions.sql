-- Grain: one row per resource and version of it that was landed.
with

source as (
    select * from {{ source('certinia', 'contacts') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as contact_id,

        -- dates and attributes
        nullif(trim(resource_role), '') as role_name,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
