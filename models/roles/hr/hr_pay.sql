-- Grain: one row per person and day from which the pay holds, as it stands now.
{{ role_rows('hr_pay') }}
