-- Grain: one row per settlement of an invoice, bill or credit; deleted ones stay, flagged.
{{ role_rows('erp_settlements') }}
