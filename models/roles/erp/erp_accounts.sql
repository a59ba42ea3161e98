-- Grain: one row per account of the ledger; deleted ones stay, flagged.
{{ role_rows('erp_accounts') }}
