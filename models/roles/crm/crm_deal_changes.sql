-- Grain: one row per deal that changes another; deleted ones stay, flagged.
{{ role_rows('crm_deal_changes') }}
