-- Grain: one row per work.
with

source as (
    select * from {{ current_version(source('tryton', 'projects')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as work_id,
        cast(party as varchar) as party_id,

        -- attributes
        nullif(trim(number), '') as project_code,
        cast(type as varchar) as type_code,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
