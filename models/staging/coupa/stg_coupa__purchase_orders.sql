-- Grain: one row per purchase order.
with

source as (
    select * from {{ current_version(source('coupa', 'purchase_orders')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as purchase_order_id,
        cast(po_number as varchar) as po_number,
        cast(supplier_id as varchar) as supplier_id,

        -- dates and attributes
        coalesce(cast(created_date as date), cast(created_at as date)) as ordered_date,
        lower(status) as status,
        upper(currency_code) as currency_code,

        -- amounts
        cast(total as decimal(18, 4)) as total_amount,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
