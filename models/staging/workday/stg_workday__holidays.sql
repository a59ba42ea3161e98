-- Grain: one row per country and public holiday.
with

source as (
    select * from {{ current_version(source('workday', 'holidays')) }}
),

renamed as (
    select
        -- keys
        upper(country) as country_code,
        cast(holiday_date as date) as holiday_date,

        -- attributes
        cast(holiday_name as varchar) as holiday_name,

        -- lineage
        {{ lineage('workday') }}
    from source
)

select * from renamed
