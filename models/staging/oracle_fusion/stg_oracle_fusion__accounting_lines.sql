-- Grain: one row per line that a subledger accounted for, of a document; deleted ones
-- stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'accounting_lines')) }}
),

renamed as (
    select
        cast(application_id as varchar) as application_id,
        cast(header_id as varchar) as header_id,
        cast(number as varchar) as line_number,
        cast(entity_code as varchar) as document_code,
        cast(source_id as varchar) as document_id,
        cast(ledger_id as varchar) as ledger_id,
        cast(period_name as varchar) as period_name,
        cast(combination as varchar) as account_combination,
        cast(accounting_date as date) as accounting_date,
        cast(currency_code as varchar) as currency_code,
        cast(coalesce(accounted_dr, 0) as decimal(18, 4)) as debit_amount,
        cast(coalesce(accounted_cr, 0) as decimal(18, 4)) as credit_amount,
        cast(description as varchar) as memo,
        cast(cost_id as varchar) as project_cost_id,
        cast(reference as varchar) as source_reference,
        cast(service_date as date) as service_date,
        cast(coalesce(entered_dr, 0) - coalesce(entered_cr, 0) as decimal(18, 4))
            as transaction_amount,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
