-- Grain: one row per company that keeps books; deleted ones stay, flagged.
{{ role_rows('erp_entities') }}
