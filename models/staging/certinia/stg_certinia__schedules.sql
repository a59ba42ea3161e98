-- Grain: one row per schedule; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'schedules')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as schedule_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,

        -- quantities and rates
        cast(monday_hours as decimal(9, 4)) as monday_hours,
        cast(tuesday_hours as decimal(9, 4)) as tuesday_hours,
        cast(wednesday_hours as decimal(9, 4)) as wednesday_hours,
        cast(thursday_hours as decimal(9, 4)) as thursday_hours,
        cast(friday_hours as decimal(9, 4)) as friday_hours,
        cast(saturday_hours as decimal(9, 4)) as saturday_hours,
        cast(sunday_hours as decimal(9, 4)) as sunday_hours,
        cast(scheduled_hours as decimal(18, 4)) as scheduled_hours,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
