-- Grain: one row per receipt of a customer's payment; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'receipts')) }}
),

renamed as (
    select
        cast(id as varchar) as receipt_id,
        cast(number as varchar) as receipt_number,
        cast(receipt_date as date) as receipt_date,
        cast(currency_code as varchar) as currency_code,
        nullif(trim(cast(customer_number as varchar)), '') as customer_number,
        cast(method as varchar) as receipt_method,
        cast(comments as varchar) as memo,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
