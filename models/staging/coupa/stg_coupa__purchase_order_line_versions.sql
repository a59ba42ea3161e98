-- Grain: one row per purchase order line and version of it that was landed.
with

source as (
    select * from {{ source('coupa', 'purchase_order_lines') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as po_line_id,
        cast(order_header_id as varchar) as purchase_order_id,

        -- attributes
        upper(currency_code) as currency_code,

        -- amounts
        cast(total as decimal(18, 4)) as total_amount,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
