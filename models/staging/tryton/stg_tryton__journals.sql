-- Grain: one row per journal.
with

source as (
    select * from {{ current_version(source('tryton', 'journals')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as journal_id,

        -- attributes
        cast(name as varchar) as journal_name,
        cast(type as varchar) as type_code,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
