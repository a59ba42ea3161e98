-- Grain: one row per practice; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'practices')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as practice_id,

        -- dates and attributes
        cast(name as varchar) as practice_name,
        nullif(trim(practice_code), '') as practice_code,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
