-- Grain: one row per side of a settlement.
with

source as (
    select * from {{ current_version(source('dynamics365', 'customer_settlements')) }}
),

renamed as (
    select
        -- keys
        cast(source_key as varchar) as record_id,
        lower(cast(data_area_id as varchar)) as company_id,
        cast(transaction_key as varchar) as transaction_record_id,
        cast(offset_key as varchar) as offset_record_id,
        coalesce(lower(nullif(trim(offset_company), '')), lower(data_area_id)) as offset_company_id,

        -- dates
        cast(trans_date as date) as settled_date,

        -- amounts
        cast(settle_amount_cur as decimal(18, 4)) as settled_amount,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
