-- Grain: one row per person and version of it that was landed.
{{ role_rows('psa_people_versions') }}
