-- Grain: one row per billed invoice over several projects whose lines do not add up to
-- it: what they leave is billed to the project that it names, if any.
select
    'invoice_lines' as kind,
    'the lines of invoice ' || coalesce(invoices.invoice_number, invoices.invoice_id)
    || ' leave '
    || {{ amount_text('invoice_shares.unnamed_amount', 'invoice_shares.currency_code') }}
    || ' of its ' || {{ amount_text('invoices.amount', 'invoices.currency_code') }} || ' '
    || invoices.currency_code || ' to '
    || coalesce('project ' || invoice_shares.project_code, 'no project') as reason,
    invoice_shares.source_system,
    invoice_shares.source_instance,
    invoice_shares.invoice_id as source_id,
    projects.legal_entity_code,
    invoice_shares.project_key,
    {{ period_start('periods', 'invoice_shares.invoice_date') }} as period_month,
    invoice_shares.unnamed_amount as amount,
    invoice_shares.currency_code,
    invoice_shares.invoice_date as since
from {{ ref('int_invoice_shares') }} as invoice_shares
inner join {{ ref('fct_invoices') }} as invoices
    on invoice_shares.invoice_key = invoices.invoice_key
left join {{ ref('dim_projects') }} as projects
    on invoice_shares.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'invoice_shares.invoice_date') }}
where invoice_shares.unnamed_amount != 0
