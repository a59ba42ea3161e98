-- Grain: one row per line of a move.
with

source as (
    select * from {{ current_version(source('tryton', 'move_lines')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as line_id,
        cast(move as varchar) as move_id,
        cast(account as varchar) as account_id,
        cast(party as varchar) as party_id,
        cast(second_currency as varchar) as second_currency_id,
        cast(reconciliation as varchar) as reconciliation_id,

        -- dates and attributes
        cast(maturity_date as date) as maturity_date,
        cast(reconciliation_date as date) as settled_date,
        cast(description as varchar) as memo,

        -- amounts
        cast(coalesce(debit, 0) as decimal(18, 4)) as debit_amount,
        cast(coalesce(credit, 0) as decimal(18, 4)) as credit_amount,
        cast(amount_second_currency as decimal(18, 4)) as second_amount,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
