-- Grain: one row per line of an invoice; deleted ones stay, flagged.
{{ role_rows('psa_invoice_lines') }}
