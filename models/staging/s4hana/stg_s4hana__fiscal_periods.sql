-- Grain: one row per period of a fiscal year variant; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'fiscal_periods')) }}
),

renamed as (
    select
        -- keys
        cast(fiscal_year_variant as varchar) as fiscal_year_variant,
        cast(fiscal_year as varchar) as fiscal_year,
        cast(fiscal_period as varchar) as fiscal_period,

        -- dates
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(quarter_start_date as date) as quarter_start_date,
        cast(year_start_date as date) as year_start_date,
        cast(year_end_date as date) as year_end_date,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
