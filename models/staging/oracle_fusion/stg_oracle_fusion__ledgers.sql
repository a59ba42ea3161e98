-- Grain: one row per ledger, primary and others; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'ledgers')) }}
),

renamed as (
    select
        cast(id as varchar) as ledger_id,
        cast(name as varchar) as ledger_name,
        cast(currency_code as varchar) as currency_code,
        cast(category as varchar) as ledger_category,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
