-- Grain: one row per share of a line.
with

source as (
    select * from {{ current_version(source('tryton', 'analytic_lines')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as analytic_line_id,
        cast(move_line as varchar) as line_id,
        cast(account as varchar) as analytic_account_id,

        -- amounts
        cast(coalesce(debit, 0) as decimal(18, 4)) as debit_amount,
        cast(coalesce(credit, 0) as decimal(18, 4)) as credit_amount,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
