-- Grain: one row per move.
with

source as (
    select * from {{ current_version(source('tryton', 'moves')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as move_id,
        cast(company as varchar) as company_id,
        cast(period as varchar) as period_id,
        cast(journal as varchar) as journal_id,

        -- dates and attributes
        cast(date as date) as move_date,
        cast(number as varchar) as move_number,
        cast(description as varchar) as memo,
        cast(state as varchar) as move_state,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
