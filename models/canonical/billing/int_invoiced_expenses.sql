-- Grain: one row per line of a billed invoice that names expenses.
select
    {{ entity_key('invoice_line', ['lines.source_instance', 'lines.source_id']) }}
        as invoice_line_key,
    invoices.invoice_key,
    invoices.project_key,
    lines.invoice_line_id,
    invoices.currency_code,
    cast(lines.net_amount as decimal(18, 4)) as net_amount
from {{ ref('psa_invoice_lines') }} as lines
inner join {{ ref('fct_invoices') }} as invoices
    on lines.source_instance = invoices.source_instance
    and lines.invoice_id = invoices.invoice_id
where lines.line_type = 'expense' and not lines.is_deleted and invoices.is_billed
