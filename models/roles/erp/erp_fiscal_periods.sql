-- Grain: one row per posting period; deleted ones stay, flagged.
{{ role_rows('erp_fiscal_periods') }}
