-- Grain: one row per customer and version of it that was landed.
{{ role_rows('crm_customer_versions') }}
