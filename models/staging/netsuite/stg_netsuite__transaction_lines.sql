-- Grain: one row per line; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('netsuite', 'transaction_lines')) }}
),

renamed as (
    select
        -- keys
        cast(transaction_id as varchar) as transaction_id,
        cast(id as varchar) as line_id,
        cast(entity as varchar) as entity_id,
        cast(department as varchar) as department_id,
        cast(subsidiary as varchar) as subsidiary_id,
        cast(source_line as varchar) as source_line_id,

        -- dates and attributes
        cast(service_month as date) as service_month,
        cast(memo as varchar) as memo,

        -- amounts, debit less credit in the transaction's currency
        cast(foreign_amount as decimal(18, 4)) as foreign_amount,

        -- quantities
        cast(hours as decimal(9, 2)) as worked_hours,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
