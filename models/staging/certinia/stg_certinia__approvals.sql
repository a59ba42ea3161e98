-- Grain: one row per approval process of a timecard; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'approvals')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as approval_id,
        cast(timecard_id as varchar) as timecard_id,

        -- dates and attributes
        lower(status) as status,
        cast(completed_date as timestamp) as completed_at,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
