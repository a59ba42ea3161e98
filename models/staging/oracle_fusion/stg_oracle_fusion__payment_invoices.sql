-- Grain: one row per invoice that a payment pays, and what of it; deleted ones stay,
-- flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'payment_invoices')) }}
),

renamed as (
    select
        cast(id as varchar) as payment_invoice_id,
        cast(payment_id as varchar) as payment_id,
        cast(invoice_id as varchar) as invoice_id,
        cast(amount as decimal(18, 4)) as paid_amount,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
