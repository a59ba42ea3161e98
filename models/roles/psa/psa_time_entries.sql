-- Grain: one row per time entry; deleted ones stay, flagged.
{{ role_rows('psa_time_entries') }}
