-- Grain: one row per live customer invoice of the PSA, net of tax. Drafts and
-- cancelled invoices are kept and do not count as billed; nor does one that says no day or
-- no amount.
select
    {{ entity_key('invoice', ['invoices.source_instance', 'invoices.invoice_id']) }}
        as invoice_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    invoices.invoice_id,
    invoices.credited_invoice_id,
    invoices.invoice_number,
    crosswalk.project_code,
    invoices.invoice_date,
    invoices.due_date,
    {{ period_start('periods', 'invoices.invoice_date') }} as period_month,
    invoices.invoice_status as status,
    invoices.currency_code,
    invoices.net_amount as amount,
    invoices.invoice_status != 'cancelled' and not invoices.is_draft as is_issued,
    invoices.invoice_status != 'cancelled'
    and not invoices.is_draft
    and invoices.invoice_date is not null
    and invoices.net_amount is not null as is_billed,
    invoices.invoice_status = 'paid' as is_paid,
    invoices.erp_external_id,
    {{ correlation_id('invoices', 'invoice') }} as correlation_id,
    {{ source_coordinates('invoices') }}
from {{ ref('psa_invoices') }} as invoices
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and invoices.source_instance = crosswalk.source_instance
    and invoices.project_id = crosswalk.record_id
left join {{ ref('dim_projects') }} as projects
    on crosswalk.project_code = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'invoices.invoice_date') }}
where not invoices.is_deleted
