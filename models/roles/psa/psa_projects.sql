{{ config(materialized='table') }}

-- Grain: one row per project; archived and deleted ones stay, flagged.
{{ role_rows('psa_projects') }}
