-- Grain: one row per deal, changes of another left out; deleted ones stay, flagged.
{{ role_rows('crm_deals') }}
