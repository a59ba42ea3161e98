-- Grain: one row per rate card, role and range of days, half-open; live ones only.
{{ role_rows('psa_bill_rates') }}
