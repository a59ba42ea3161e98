-- Grain: one row per period.
with

source as (
    select * from {{ current_version(source('tryton', 'periods')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as period_id,
        cast(company as varchar) as company_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(fiscalyear_start_date as date) as fiscal_year_start_date,
        cast(fiscalyear_end_date as date) as fiscal_year_end_date,
        cast(name as varchar) as period_name,

        -- flags
        coalesce(state != 'open', false) as is_closed,
        coalesce(type = 'adjustment', false) as is_adjustment,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
