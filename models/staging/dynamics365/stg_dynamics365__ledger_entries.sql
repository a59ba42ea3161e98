-- Grain: one row per entry of the general ledger.
with

source as (
    select * from {{ current_version(source('dynamics365', 'ledger_entries')) }}
),

renamed as (
    select
        -- keys
        lower(data_area_id) || '|' || voucher || '|' || cast(accounting_date as varchar)
            as transaction_id,
        cast(entry_id as varchar) as entry_id,
        lower(cast(data_area_id as varchar)) as company_id,
        nullif(trim(main_account), '') as account_number,
        nullif(trim(department), '') as department,
        nullif(trim(project), '') as project_number,
        nullif(trim(source_line), '') as source_line_id,

        -- dates and attributes
        cast(accounting_date as date) as accounting_date,
        nullif(cast(service_month as date), date '1900-01-01') as service_month,
        cast(voucher as varchar) as voucher,
        nullif(trim(document_number), '') as document_number,
        cast(journal_category as varchar) as journal_category,
        cast(posting_layer as varchar) as posting_layer,
        upper(cast(transaction_currency as varchar)) as currency_code,
        nullif(trim(description), '') as description,

        -- quantities
        cast(quantity as decimal(18, 4)) as quantity,

        -- amounts, debit less credit
        cast(accounting_amount as decimal(18, 4)) as amount,
        cast(transaction_amount as decimal(18, 4)) as transaction_amount,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
