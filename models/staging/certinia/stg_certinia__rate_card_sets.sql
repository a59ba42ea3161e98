-- Grain: one row per set of rate cards; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'rate_card_sets')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_set_id,

        -- dates and attributes
        cast(name as varchar) as rate_card_set_name,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
