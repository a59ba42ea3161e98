-- Grain: one row per project and version of it that was landed.
{{ role_rows('erp_project_versions') }}
