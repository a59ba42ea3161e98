-- Grain: one row per line of a deal; deleted ones stay, flagged.
{{ role_rows('crm_deal_lines') }}
