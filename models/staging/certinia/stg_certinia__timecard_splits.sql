-- Grain: one row per split of a timecard; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'timecard_splits')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as timecard_split_id,
        cast(timecard_id as varchar) as timecard_id,
        cast(billing_event_item_id as varchar) as billing_event_item_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        nullif(upper(currency_iso_code), '') as currency_code,
        cast(created_date as timestamp) as created_at,

        -- quantities and rates
        cast(monday_hours as decimal(9, 4)) as monday_hours,
        cast(tuesday_hours as decimal(9, 4)) as tuesday_hours,
        cast(wednesday_hours as decimal(9, 4)) as wednesday_hours,
        cast(thursday_hours as decimal(9, 4)) as thursday_hours,
        cast(friday_hours as decimal(9, 4)) as friday_hours,
        cast(saturday_hours as decimal(9, 4)) as saturday_hours,
        cast(sunday_hours as decimal(9, 4)) as sunday_hours,
        cast(total_hours as decimal(18, 4)) as total_hours,

        -- amounts
        cast(total_billable_amount as decimal(18, 4)) as total_billable_amount,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
