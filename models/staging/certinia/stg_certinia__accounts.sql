-- Grain: one row per account; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'accounts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as account_id,

        -- dates and attributes
        cast(name as varchar) as account_name,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
