-- Grain: one row per line of a billed invoice that names expenses.
select
    {{ entity_key('invoice_line', ['items.source_instance', 'items.source_id']) }}
        as invoice_line_key,
    invoices.invoice_key,
    invoices.project_key,
    items.invoice_line_id,
    invoices.currency_code,
    cast(items.net_amount as decimal(18, 4)) as net_amount
from {{ ref('psa_invoice_lines') }} as items
inner join {{ ref('fct_invoices') }} as invoices
    on items.source_instance = invoices.source_instance
    and items.invoice_id = invoices.invoice_id
where items.line_type = 'expense' and not items.is_deleted and invoices.is_billed
