-- Grain: one row per line of a billed invoice that names expenses, with the project it is
-- for: its own or else the invoice's.
select
    {{ entity_key('invoice_line', ['items.source_instance', 'items.source_id']) }}
        as invoice_line_key,
    invoices.invoice_key,
    coalesce(
        {{ entity_key('project', ['crosswalk.project_code']) }}, invoices.project_key
    ) as project_key,
    items.invoice_line_id,
    invoices.currency_code,
    cast(items.net_amount as decimal(18, 4)) as net_amount
from {{ ref('psa_invoice_lines') }} as items
inner join {{ ref('fct_invoices') }} as invoices
    on items.source_instance = invoices.source_instance
    and items.invoice_id = invoices.invoice_id
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and items.source_instance = crosswalk.source_instance
    and items.project_id = crosswalk.record_id
where items.line_type = 'expense' and not items.is_deleted and invoices.is_billed
