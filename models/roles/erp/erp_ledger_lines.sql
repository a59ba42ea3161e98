-- Grain: one row per line of a transaction in the books' primary set; deleted ones
-- stay, flagged.
{{ role_rows('erp_ledger_lines') }}
