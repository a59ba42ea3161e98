-- Grain: one row per country and public holiday; deleted ones stay, flagged.
{{ role_rows('hr_holidays') }}
