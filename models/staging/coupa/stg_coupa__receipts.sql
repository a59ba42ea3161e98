-- Grain: one row per receipt of an order line; voided ones stay, with their status.
with

source as (
    select * from {{ current_version(source('coupa', 'receiving_transactions')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as receipt_id,
        cast(po_line_id as varchar) as po_line_id,
        cast(original_id as varchar) as original_receipt_id,

        -- dates and attributes
        cast(transaction_date as date) as receipt_date,
        lower(status) as status,
        cast(transaction_type as varchar) as transaction_type,
        upper(currency_code) as currency_code,

        -- amounts
        cast(total as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
