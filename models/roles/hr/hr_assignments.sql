-- Grain: one row per worker and day from which it holds, as it stands now.
{{ role_rows('hr_assignments') }}
