-- Grain: one row per rate card, role and range of days, half-open; live ones only. What is
-- published is one history, drafts are another.
{{ role_rows('psa_bill_rates') }}
