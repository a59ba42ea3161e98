-- Grain: one row per period of a calendar.
with

source as (
    select * from {{ current_version(source('dynamics365', 'fiscal_periods')) }}
),

renamed as (
    select
        -- keys
        cast(calendar as varchar) as fiscal_calendar,
        cast(fiscal_year as varchar) as fiscal_year,
        cast(period_name as varchar) as period_name,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(type as varchar) as period_type,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
