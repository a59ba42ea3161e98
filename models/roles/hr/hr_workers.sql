-- Grain: one row per worker; rescinded hires stay, flagged as deleted.
{{ role_rows('hr_workers') }}
