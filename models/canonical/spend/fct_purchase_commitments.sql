-- Grain: one row per live purchase order line: a contractor's hours on one project at an
-- agreed rate, or goods and services for a sum. A closed or cancelled order commits
-- nothing more.
select
    {{ entity_key('commitment', ['order_lines.source_instance', 'order_lines.po_line_id']) }}
        as commitment_key,
    projects.project_key,
    resources.resource_key,
    order_lines.po_line_id,
    orders.po_number,
    suppliers.supplier_number,
    nullif(upper(trim(order_lines.project_code)), '') as project_code,
    order_lines.employee_number,
    orders.ordered_date,
    case
        when orders.status in ('closed', 'cancelled', 'canceled')
            then cast(orders.source_updated_at as date)
    end as closed_date,
    orders.status,
    coalesce(order_lines.currency_code, orders.currency_code) as currency_code,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.quantity as decimal(9, 2))
    end as ordered_hours,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.unit_price as decimal(18, 6))
    end as hourly_rate,
    order_lines.total_amount as ordered_amount,
    coalesce(order_lines.invoiced_amount, 0) as billed_amount,
    cast(
        case
            when orders.status in ('closed', 'cancelled', 'canceled') then 0
            else greatest(order_lines.total_amount - coalesce(order_lines.invoiced_amount, 0), 0)
        end as decimal(18, 4)
    ) as open_amount,
    order_lines.employee_number is not null as is_hours,
    order_lines.is_pass_through,
    {{ correlation_id('order_lines', 'purchase_order_line') }} as correlation_id,
    {{ source_coordinates('order_lines') }}
from {{ ref('stg_coupa__purchase_order_lines') }} as order_lines
inner join {{ ref('stg_coupa__purchase_orders') }} as orders
    on order_lines.source_instance = orders.source_instance
    and order_lines.purchase_order_id = orders.purchase_order_id
left join {{ ref('stg_coupa__suppliers') }} as suppliers
    on orders.source_instance = suppliers.source_instance
    and orders.supplier_id = suppliers.supplier_id
left join {{ ref('dim_projects') }} as projects
    on nullif(upper(trim(order_lines.project_code)), '') = projects.project_code
left join {{ ref('dim_resources') }} as resources
    on order_lines.employee_number = resources.employee_number
where not order_lines.is_deleted and not orders.is_deleted
