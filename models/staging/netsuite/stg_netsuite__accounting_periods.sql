-- Grain: one row per period.
with

source as (
    select * from {{ current_version(source('netsuite', 'accounting_periods')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as period_id,
        cast(parent as varchar) as parent_period_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(closed_on as date) as closed_on,
        cast(period_name as varchar) as period_name,

        -- flags
        coalesce(closed, false) or coalesce(all_locked, false) as is_closed,
        coalesce(is_posting, false) as is_posting,
        coalesce(is_quarter, false) as is_quarter,
        coalesce(is_year, false) as is_year,
        coalesce(is_adjustment, false) as is_adjustment,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
