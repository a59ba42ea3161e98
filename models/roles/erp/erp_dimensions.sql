-- Grain: one row per dimension value; deleted ones stay, flagged.
{{ role_rows('erp_dimensions') }}
