-- Grain: one row per role's rate in a version of a rate card; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'rate_card_roles')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_role_id,
        cast(rate_card_version_id as varchar) as rate_card_version_id,
        cast(role_id as varchar) as role_id,

        -- rates
        cast(rate as decimal(18, 6)) as rate_in_minor_units,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
