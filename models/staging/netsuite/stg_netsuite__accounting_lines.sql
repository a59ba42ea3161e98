-- Grain: one row per line; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('netsuite', 'accounting_lines')) }}
),

renamed as (
    select
        -- keys
        cast(transaction_id as varchar) as transaction_id,
        cast(line_id as varchar) as line_id,
        cast(account as varchar) as account_id,

        -- amounts
        cast(coalesce(debit, 0) as decimal(18, 4)) as debit_amount,
        cast(coalesce(credit, 0) as decimal(18, 4)) as credit_amount,

        -- flags
        cast(posting as boolean) as is_posting,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
