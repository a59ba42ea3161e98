-- Grain: one row per worker and day absent; cancelled ones stay, flagged as deleted.
{{ role_rows('hr_absences') }}
