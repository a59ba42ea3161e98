-- Grain: one row per timecard and task; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'task_times')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as task_time_id,
        cast(timecard_id as varchar) as timecard_id,
        cast(task_id as varchar) as task_id,

        -- quantities and rates
        cast(monday_hours as decimal(9, 4)) as monday_hours,
        cast(tuesday_hours as decimal(9, 4)) as tuesday_hours,
        cast(wednesday_hours as decimal(9, 4)) as wednesday_hours,
        cast(thursday_hours as decimal(9, 4)) as thursday_hours,
        cast(friday_hours as decimal(9, 4)) as friday_hours,
        cast(saturday_hours as decimal(9, 4)) as saturday_hours,
        cast(sunday_hours as decimal(9, 4)) as sunday_hours,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
