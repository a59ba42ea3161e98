-- Grain: one row per credit memo to a customer; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'receivables_credit_memos')) }}
),

renamed as (
    select
        cast(id as varchar) as credit_memo_id,
        cast(number as varchar) as credit_memo_number,
        cast(transaction_date as date) as credit_memo_date,
        cast(currency_code as varchar) as currency_code,
        nullif(trim(cast(customer_number as varchar)), '') as customer_number,
        cast(transaction_type as varchar) as transaction_type,
        cast(reference as varchar) as external_id,
        cast(comments as varchar) as memo,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
