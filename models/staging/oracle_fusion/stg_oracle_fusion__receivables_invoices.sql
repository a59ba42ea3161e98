-- Grain: one row per invoice to a customer; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'receivables_invoices')) }}
),

renamed as (
    select
        cast(id as varchar) as invoice_id,
        cast(number as varchar) as invoice_number,
        cast(transaction_date as date) as invoice_date,
        cast(due_date as date) as due_date,
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
