-- Grain: one row per line on a customer's account.
with

source as (
    select * from {{ current_version(source('dynamics365', 'customer_transactions')) }}
),

renamed as (
    select
        -- keys
        cast(source_key as varchar) as record_id,
        lower(cast(data_area_id as varchar)) as company_id,
        cast(account_num as varchar) as account_number,
        cast(voucher as varchar) as voucher,

        -- dates and attributes
        cast(trans_date as date) as transaction_date,
        nullif(cast(due_date as date), date '1900-01-01') as due_date,
        nullif(cast(closed as date), date '1900-01-01') as closed_date,
        nullif(trim(invoice), '') as invoice_number,
        cast(trans_type as varchar) as transaction_type,
        upper(cast(currency_code as varchar)) as currency_code,

        -- amounts, debit less credit
        cast(amount_cur as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
