-- Grain: one row per ledger and period of its calendar, as the general ledger has it;
-- deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'period_statuses')) }}
),

renamed as (
    select
        cast(ledger_id as varchar) as ledger_id,
        cast(period_name as varchar) as period_name,
        cast(closing_status as varchar) as closing_status,
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(period_year as bigint) as period_year,
        cast(period_number as bigint) as period_number,
        cast(is_adjustment as boolean) as is_adjustment,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
