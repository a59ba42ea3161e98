-- Grain: one row per journal entry; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'journal_entries')) }}
),

renamed as (
    select
        -- keys
        cast(
            company_code || '|' || fiscal_year || '|' || accounting_document as varchar
        ) as entry_id,
        cast(company_code as varchar) as company_code,
        cast(fiscal_year as varchar) as fiscal_year,
        cast(accounting_document as varchar) as document_number,
        cast(fiscal_period as varchar) as fiscal_period,

        -- dates and attributes
        cast(posting_date as date) as posting_date,
        cast(document_date as date) as document_date,
        cast(document_type as varchar) as document_type,
        cast(currency as varchar) as currency_code,
        cast(nullif(reference, '') as varchar) as reference,
        cast(nullif(header_text, '') as varchar) as header_text,
        cast(nullif(reversed_by, '') as varchar) as reverse_document,

        -- flags
        coalesce(is_reversal, false) as is_reversal,
        coalesce(is_reversed, false) as is_reversed,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
