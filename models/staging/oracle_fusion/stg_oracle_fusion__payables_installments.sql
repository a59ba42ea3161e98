-- Grain: one row per instalment in which a payables invoice is to be paid; deleted ones
-- stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'payables_installments')) }}
),

renamed as (
    select
        cast(invoice_id as varchar) as invoice_id,
        cast(number as varchar) as instalment_number,
        cast(due_date as date) as due_date,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
