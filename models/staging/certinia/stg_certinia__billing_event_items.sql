-- Grain: one row per item of a billing event; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'billing_event_items')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as billing_event_item_id,
        cast(billing_event_id as varchar) as billing_event_id,
        cast(project_id as varchar) as project_id,
        cast(milestone_id as varchar) as milestone_id,
        cast(split_id as varchar) as timecard_split_id,

        -- dates and attributes
        cast(category as varchar) as category,
        cast(description as varchar) as item_text,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- amounts
        cast(amount as decimal(18, 4)) as amount,
        cast(rounded_amount as decimal(18, 4)) as rounded_amount,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
