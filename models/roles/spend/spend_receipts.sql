-- Grain: one row per receipt of an order line; voided ones stay, flagged.
{{ role_rows('spend_receipts') }}
