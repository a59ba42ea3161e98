-- Grain: one row per Kantata invoice. What is neither cancelled nor paid is open.
-- Which one a credit is for nothing says.
-- The ERP holds it under its id, with what the account's integration puts before.
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
    cast(null as varchar) as credited_invoice_id,
    own_names.setting_value || invoices.invoice_id as erp_external_id,
    {{ role_lineage('invoices') }}
from {{ ref('stg_kantata__invoices') }} as invoices
left join {{ ref('stg_landing__settings') }} as own_names
    on invoices.source_instance = own_names.source_instance
    and own_names.setting = 'values.invoice_prefix'
