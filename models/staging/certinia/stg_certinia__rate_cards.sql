-- Grain: one row per rate card; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'rate_cards')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_card_id,
        cast(account_id as varchar) as account_id,
        cast(region_id as varchar) as region_id,
        cast(practice_id as varchar) as practice_id,
        cast(group_id as varchar) as group_id,

        -- dates and attributes
        nullif(trim(role), '') as role_name,
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- quantities and rates
        cast(suggested_bill_rate as decimal(18, 6)) as bill_rate,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
