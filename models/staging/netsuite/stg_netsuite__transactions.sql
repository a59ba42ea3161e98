-- Grain: one row per transaction; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('netsuite', 'transactions')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as transaction_id,
        cast(external_id as varchar) as external_id,
        cast(posting_period as varchar) as period_id,
        cast(currency as varchar) as currency_id,
        cast(entity as varchar) as entity_id,

        -- dates and attributes
        cast(tran_date as date) as transaction_date,
        cast(due_date as date) as due_date,
        cast(close_date as date) as close_date,
        cast(type as varchar) as transaction_type,
        cast(tran_id as varchar) as transaction_number,
        cast(memo as varchar) as memo,

        -- rates
        cast(exchange_rate as decimal(18, 8)) as exchange_rate,

        -- flags
        cast(posting as boolean) as is_posting,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
