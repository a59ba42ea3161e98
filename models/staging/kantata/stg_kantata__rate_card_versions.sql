-- Grain: one row per rate card as it is from a day on; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'rate_card_versions')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_version_id,
        cast(rate_card_id as varchar) as rate_card_id,

        -- dates
        cast(effective_date as date) as effective_date,

        -- rates
        cast(default_rate as decimal(18, 6)) as default_rate_in_minor_units,

        -- flags
        cast(is_published as boolean) as is_published,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
