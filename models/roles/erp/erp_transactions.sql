{{ config(materialized='table') }}

-- Grain: one row per transaction of the ledger; deleted ones stay, flagged.
{{ role_rows('erp_transactions') }}
