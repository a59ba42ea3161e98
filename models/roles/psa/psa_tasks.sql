-- Grain: one row per task or delivery milestone; deleted ones stay, flagged.
{{ role_rows('psa_tasks') }}
