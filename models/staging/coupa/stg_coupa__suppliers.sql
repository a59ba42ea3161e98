-- Grain: one row per supplier.
with

source as (
    select * from {{ current_version(source('coupa', 'suppliers')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as supplier_id,
        cast(number as varchar) as supplier_number,

        -- attributes
        cast(name as varchar) as supplier_name,
        lower(status) as status,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
