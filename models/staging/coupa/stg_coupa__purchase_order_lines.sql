-- Grain: one row per purchase order line.
with

source as (
    select * from {{ current_version(source('coupa', 'purchase_order_lines')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as po_line_id,
        cast(order_header_id as varchar) as purchase_order_id,
        cast(line_num as varchar) as line_number,

        -- attributes
        cast(project_code as varchar) as project_code,
        cast(employee_number as varchar) as employee_number,
        upper(currency_code) as currency_code,
        lower(status) as status,
        cast(line_type as varchar) as line_type,
        upper(trim(uom_code)) as uom_code,

        -- quantities, prices and amounts
        cast(price as decimal(18, 6)) as unit_price,
        cast(quantity as decimal(18, 4)) as quantity,
        cast(total as decimal(18, 4)) as total_amount,
        cast(invoiced as decimal(18, 4)) as invoiced_amount,
        cast(received as decimal(18, 4)) as received_amount,

        -- flags
        coalesce(pass_through, false) as is_pass_through,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
