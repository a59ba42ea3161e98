-- Grain: one row per line of a purchase order and version of it that was landed.
{{ role_rows('spend_order_line_versions') }}
