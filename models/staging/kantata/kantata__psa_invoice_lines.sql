-- Grain: one row per item of a Kantata invoice. Time and milestones name their invoice
-- themselves.
select
    items.invoice_id,
    items.invoice_item_id as invoice_line_id,
    items.project_id,
    items.item_type as line_type,
    cast(null as varchar) as time_entry_id,
    cast(null as varchar) as milestone_id,
    items.item_text as line_text,
    items.currency_code,
    items.amount as net_amount,
    {{ role_lineage('items') }}
from {{ ref('stg_kantata__invoice_items') }} as items
