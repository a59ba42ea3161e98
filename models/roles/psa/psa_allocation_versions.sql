-- Grain: one row per planned range of work and version of it that was landed.
{{ role_rows('psa_allocation_versions') }}
