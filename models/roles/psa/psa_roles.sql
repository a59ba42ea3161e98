-- Grain: one row per role; deleted ones stay, flagged.
{{ role_rows('psa_roles') }}
