-- Grain: one row per project and version of it that was landed.
{{ role_rows('psa_project_versions') }}
