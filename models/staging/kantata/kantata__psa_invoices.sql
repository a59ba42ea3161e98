-- Grain: one row per Kantata invoice. What is neither cancelled nor paid is open.
select
    invoices.invoice_id,
    invoices.project_id,
    invoices.invoice_number,
    invoices.invoice_date,
    invoices.due_date,
    case
        when invoices.status = 'cancelled' then 'cancelled'
        when invoices.status = 'accepted payment' then 'paid'
        else 'open'
    end as invoice_status,
    invoices.currency_code,
    invoices.amount as net_amount,
    coalesce(invoices.is_draft, false) as is_draft,
    {{ role_lineage('invoices') }}
from {{ ref('stg_kantata__invoices') }} as invoices
