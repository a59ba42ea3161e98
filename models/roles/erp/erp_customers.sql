{{ config(materialized='table') }}

-- Grain: one row per customer; deleted ones stay, flagged.
{{ role_rows('erp_customers') }}
