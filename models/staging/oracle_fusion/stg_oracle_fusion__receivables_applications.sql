-- Grain: one row per application of a receipt or credit memo to an invoice; deleted ones
-- stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'receivables_applications')) }}
),

renamed as (
    select
        cast(kind as varchar) as application_kind,
        cast(id as varchar) as application_id,
        cast(application_date as date) as application_date,
        cast(amount as decimal(18, 4)) as application_amount,
        cast(transaction_id as varchar) as transaction_id,
        cast(receipt_id as varchar) as receipt_id,
        cast(credit_memo_id as varchar) as credit_memo_id,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
