-- Grain: one row per invoice or credit memo of a supplier, or expense report of an
-- employee; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'payables_invoices')) }}
),

renamed as (
    select
        cast(id as varchar) as invoice_id,
        cast(number as varchar) as invoice_number,
        cast(invoice_date as date) as invoice_date,
        cast(type as varchar) as invoice_type,
        cast(currency_code as varchar) as currency_code,
        nullif(trim(cast(supplier_number as varchar)), '') as supplier_number,
        cast(reference as varchar) as external_id,
        cast(description as varchar) as memo,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
