-- Grain: one row per currency of a set of rate cards; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'rate_cards')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_id,

        -- attributes
        upper(currency) as currency_code,
        cast(rate_card_set_title as varchar) as title,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
