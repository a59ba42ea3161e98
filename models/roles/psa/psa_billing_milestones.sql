-- Grain: one row per billing milestone; deleted ones stay, flagged.
{{ role_rows('psa_billing_milestones') }}
