-- Grain: one row per rate card in a set; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'rate_card_set_members')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_set_member_id,
        cast(rate_card_set_id as varchar) as rate_card_set_id,
        cast(rate_card_id as varchar) as rate_card_id,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
