-- Grain: one row per line of such a journal; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'journal_lines')) }}
),

renamed as (
    select
        cast(batch_id as varchar) as batch_id,
        cast(journal_name as varchar) as journal_name,
        cast(number as varchar) as line_number,
        cast(combination as varchar) as account_combination,
        cast(coalesce(accounted_dr, 0) as decimal(18, 4)) as debit_amount,
        cast(coalesce(accounted_cr, 0) as decimal(18, 4)) as credit_amount,
        cast(stat_amount as decimal(9, 2)) as worked_hours,
        cast(reference as varchar) as source_reference,
        cast(description as varchar) as memo,
        cast(coalesce(entered_dr, 0) - coalesce(entered_cr, 0) as decimal(18, 4))
            as transaction_amount,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
