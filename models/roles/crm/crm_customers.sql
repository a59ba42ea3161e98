-- Grain: one row per customer; deleted ones stay, flagged.
{{ role_rows('crm_customers') }}
