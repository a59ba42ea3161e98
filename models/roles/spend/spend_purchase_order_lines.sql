-- Grain: one row per line of a purchase order.
{{ role_rows('spend_purchase_order_lines') }}
