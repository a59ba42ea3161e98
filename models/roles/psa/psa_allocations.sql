-- Grain: one row per planned range of work; deleted ones stay, flagged.
{{ role_rows('psa_allocations') }}
