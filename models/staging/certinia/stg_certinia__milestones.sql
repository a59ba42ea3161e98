-- Grain: one row per milestone; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'milestones')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as milestone_id,
        cast(project_id as varchar) as project_id,
        cast(billing_event_item_id as varchar) as billing_event_item_id,

        -- dates and attributes
        cast(name as varchar) as milestone_name,
        cast(status as varchar) as milestone_status,
        nullif(trim(obligation), '') as obligation_code,
        cast(target_date as date) as target_date,
        cast(actual_date as date) as actual_date,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- amounts
        cast(milestone_amount as decimal(18, 4)) as amount,

        -- flags
        cast(approved as boolean) as is_approved,
        cast(exclude_from_billing as boolean) as is_excluded_from_billing,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
