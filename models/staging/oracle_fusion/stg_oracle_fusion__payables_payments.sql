-- Grain: one row per payment of payables invoices; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'payables_payments')) }}
),

renamed as (
    select
        cast(id as varchar) as payment_id,
        cast(number as varchar) as payment_number,
        cast(payment_date as date) as payment_date,
        cast(currency_code as varchar) as currency_code,
        nullif(trim(cast(supplier_number as varchar)), '') as supplier_number,
        cast(amount as decimal(18, 4)) as payment_amount,
        cast(status as varchar) as payment_status,
        cast(description as varchar) as memo,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
