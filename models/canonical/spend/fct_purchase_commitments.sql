-- Grain: one row per live purchase order line: a contractor's hours on one project at an
-- agreed rate, or goods and services for a sum. A closed or cancelled order commits
-- nothing more.
select
    {{ entity_key('commitment', ['order_lines.source_instance', 'order_lines.po_line_id']) }}
        as commitment_key,
    projects.project_key,
    resources.resource_key,
    order_lines.po_line_id,
    order_lines.po_number,
    order_lines.supplier_number,
    nullif(upper(trim(order_lines.project_code)), '') as project_code,
    order_lines.employee_number,
    order_lines.ordered_date,
    order_lines.service_start_date,
    order_lines.service_end_date,
    order_lines.closed_date,
    order_lines.status_text as status,
    order_lines.currency_code,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.quantity as decimal(18, 2))
    end as ordered_hours,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.unit_price as decimal(18, 6))
    end as hourly_rate,
    order_lines.ordered_amount,
    order_lines.billed_amount,
    cast(
        case
            when order_lines.order_status in ('closed', 'cancelled') then 0
            else greatest(order_lines.ordered_amount - order_lines.billed_amount, 0)
        end as decimal(18, 4)
    ) as open_amount,
    order_lines.employee_number is not null as is_hours,
    order_lines.is_pass_through,
    {{ correlation_id('order_lines', 'purchase_order_line') }} as correlation_id,
    {{ source_coordinates('order_lines') }}
from {{ ref('spend_purchase_order_lines') }} as order_lines
left join {{ ref('dim_projects') }} as projects
    on nullif(upper(trim(order_lines.project_code)), '') = projects.project_code
left join {{ ref('dim_resources') }} as resources
    on order_lines.employee_number = resources.employee_number
where not order_lines.is_deleted
