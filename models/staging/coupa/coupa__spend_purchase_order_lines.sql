-- Grain: one row per Coupa order line. It is over with its order or by itself; what is
-- closed softly takes no invoice until it is opened again. Coupa keeps no day on which an
-- order or line was closed: it is the day a closed one was last touched. The days that a
-- price is for, which it has in the extra line attribute of services, are not landed. What
-- a contractor costs in all, or by the day, week or month, is no price of an hour: nobody
-- says how many it buys. The codes of units are the tenant's; these are assumed to be such.
-- What is a draft, on its buyer's hold or waits for approval is not ordered yet, unless
-- something of it was invoiced.
with

orders as (
    select
        *,
        case
            when status in ('closed', 'soft_closed') then 'closed'
            when status in ('cancelled', 'canceled') then 'cancelled'
            when status in ('draft', 'buyer_hold') or status like 'pending%' then 'pending'
            else 'open'
        end as order_status
    from {{ ref('stg_coupa__purchase_orders') }}
),

order_lines as (
    select
        *,
        case
            when status in ('closed', 'soft_closed_for_invoicing') then 'closed'
            when status in ('cancelled', 'canceled') then 'cancelled'
            else 'open'
        end as line_status,
        employee_number is not null
        and (
            line_type = 'OrderAmountLine'
            or quantity is null
            or uom_code in (
                'D', 'DA', 'DAY', 'DAYS', 'W', 'WEE', 'WK', 'WEEK', 'WEEKS',
                'MO', 'MON', 'MTH', 'MONTH', 'MONTHS'
            )
        ) as is_not_hourly
    from {{ ref('stg_coupa__purchase_order_lines') }}
)

select
    order_lines.purchase_order_id,
    order_lines.po_line_id,
    orders.po_number,
    suppliers.supplier_number,
    order_lines.project_code,
    order_lines.employee_number,
    orders.ordered_date,
    cast(null as date) as service_start_date,
    cast(null as date) as service_end_date,
    case
        when orders.order_status in ('closed', 'cancelled')
            then cast(orders.source_updated_at as date)
        when order_lines.line_status != 'open'
            then cast(order_lines.source_updated_at as date)
    end as closed_date,
    case
        when orders.order_status in ('closed', 'cancelled') then orders.order_status
        when order_lines.line_status != 'open' then order_lines.line_status
        when orders.order_status = 'pending' and coalesce(order_lines.invoiced_amount, 0) = 0
            then 'pending'
        else 'open'
    end as order_status,
    orders.status as status_text,
    coalesce(order_lines.currency_code, orders.currency_code) as currency_code,
    case when not coalesce(order_lines.is_not_hourly, false) then order_lines.unit_price end
        as unit_price,
    case when not coalesce(order_lines.is_not_hourly, false) then order_lines.quantity end
        as quantity,
    order_lines.total_amount as ordered_amount,
    coalesce(order_lines.invoiced_amount, 0) as billed_amount,
    order_lines.is_pass_through,
    order_lines.source_system,
    order_lines.source_instance,
    order_lines.source_id,
    order_lines.source_version,
    order_lines.is_deleted or coalesce(orders.is_deleted, true) as is_deleted,
    order_lines.source_updated_at,
    order_lines.landed_at
from order_lines
left join orders
    on order_lines.source_instance = orders.source_instance
    and order_lines.purchase_order_id = orders.purchase_order_id
left join {{ ref('stg_coupa__suppliers') }} as suppliers
    on orders.source_instance = suppliers.source_instance
    and orders.supplier_id = suppliers.supplier_id
