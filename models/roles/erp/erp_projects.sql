{{ config(materialized='table') }}

-- Grain: one row per project; deleted ones stay, flagged.
{{ role_rows('erp_projects') }}
