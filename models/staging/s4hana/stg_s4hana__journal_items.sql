-- Grain: one row per item of a journal entry in the leading ledger; deleted ones stay,
-- flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'journal_items')) }}
),

renamed as (
    select
        -- keys
        cast(
            company_code || '|' || fiscal_year || '|' || accounting_document as varchar
        ) as entry_id,
        cast(item as varchar) as item_id,
        cast(company_code as varchar) as company_code,
        cast(chart_of_accounts || '|' || ltrim(gl_account, '0') as varchar) as account_id,
        cast(nullif(wbs_element, '') as varchar) as wbs_element,
        cast(nullif(profit_center, '') as varchar) as profit_center,
        cast(nullif(ltrim(customer, '0'), '') as varchar) as customer_id,
        cast(nullif(ltrim(supplier, '0'), '') as varchar) as supplier_id,
        cast(nullif(source_line, '') as varchar) as source_line_id,
        case
            when nullif(invoice_reference, '') is not null
                then company_code || '|' || invoice_reference_year || '|' || invoice_reference
        end as invoice_entry_id,

        -- dates and attributes
        cast(net_due_date as date) as due_date,
        cast(service_date as date) as service_date,
        cast(account_type as varchar) as account_type,
        cast(debit_credit as varchar) as debit_credit,
        cast(company_currency as varchar) as company_currency_code,
        cast(transaction_currency as varchar) as transaction_currency_code,
        cast(nullif(item_text, '') as varchar) as item_text,

        -- amounts, debit less credit, as told
        cast(company_amount as decimal(23, 3)) as company_amount,
        cast(transaction_amount as decimal(23, 3)) as transaction_amount,

        -- quantities
        cast(quantity as decimal(18, 3)) as quantity,
        cast(nullif(unit, '') as varchar) as unit_code,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
