-- Grain: one row per deal line and version of it that was landed.
{{ role_rows('crm_deal_line_versions') }}
