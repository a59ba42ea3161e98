-- Grain: one row per customer and version of it that was landed.
{{ role_rows('erp_customer_versions') }}
