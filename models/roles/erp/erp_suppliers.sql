-- Grain: one row per supplier; deleted ones stay, flagged.
{{ role_rows('erp_suppliers') }}
