-- Grain: one row per line of a payment or credit and line that it settles.
with

source as (
    select * from {{ current_version(source('netsuite', 'transaction_links')) }}
),

renamed as (
    select
        -- keys
        cast(transaction_id as varchar) as transaction_id,
        cast(line_id as varchar) as line_id,
        cast(settling_transaction_id as varchar) as settling_transaction_id,
        cast(settling_line_id as varchar) as settling_line_id,

        -- attributes
        cast(settling_type as varchar) as settling_type,
        cast(link_type as varchar) as link_type,

        -- amounts
        cast(foreign_amount as decimal(18, 4)) as foreign_amount,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
