-- Grain: one row per journal of the general ledger that no subledger made; deleted ones
-- stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'journals')) }}
),

renamed as (
    select
        cast(batch_id as varchar) as batch_id,
        cast(name as varchar) as journal_name,
        cast(batch_name as varchar) as batch_name,
        cast(status as varchar) as batch_status,
        cast(category as varchar) as journal_category,
        cast(ledger_name as varchar) as ledger_name,
        cast(currency_code as varchar) as currency_code,
        cast(period_name as varchar) as period_name,
        cast(effective_date as date) as journal_date,
        cast(reference as varchar) as external_id,
        cast(description as varchar) as memo,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
