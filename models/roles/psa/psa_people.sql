{{ config(materialized='table') }}

-- Grain: one row per person who works with the PSA; disabled and deleted ones stay,
-- flagged.
{{ role_rows('psa_people') }}
