-- Grain: one row per customer invoice; drafts, cancelled and deleted ones stay,
-- flagged.
{{ role_rows('psa_invoices') }}
