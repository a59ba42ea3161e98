-- Grain: one row per timecard; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'timecards')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as timecard_id,
        cast(resource_id as varchar) as contact_id,
        cast(project_id as varchar) as project_id,
        cast(assignment_id as varchar) as assignment_id,
        cast(milestone_id as varchar) as milestone_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        lower(trim(status)) as status,
        cast(created_date as timestamp) as created_at,

        -- quantities and rates
        cast(monday_hours as decimal(9, 4)) as monday_hours,
        cast(tuesday_hours as decimal(9, 4)) as tuesday_hours,
        cast(wednesday_hours as decimal(9, 4)) as wednesday_hours,
        cast(thursday_hours as decimal(9, 4)) as thursday_hours,
        cast(friday_hours as decimal(9, 4)) as friday_hours,
        cast(saturday_hours as decimal(9, 4)) as saturday_hours,
        cast(sunday_hours as decimal(9, 4)) as sunday_hours,
        cast(bill_rate as decimal(18, 6)) as bill_rate,

        -- flags
        cast(daily_bill_rate as boolean) as is_daily_rate,
        cast(billable as boolean) as is_billable,
        cast(exclude_from_billing as boolean) as is_excluded_from_billing,
        cast(submitted as boolean) as is_submitted,
        cast(approved as boolean) as is_approved,
        cast(include_in_financials as boolean) as is_in_financials,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
