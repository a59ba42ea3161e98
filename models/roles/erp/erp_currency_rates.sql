-- Grain: one row per currency pair and day; deleted ones stay, flagged.
{{ role_rows('erp_currency_rates') }}
