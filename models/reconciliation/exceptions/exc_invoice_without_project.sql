-- Invoices of the PSA that name no project, or one whose code tells no project, and have no
-- lines, time or milestones that do: what they bill is in no project's billing. One of a
-- deleted project is named as that.
select
    'invoice_without_project' as kind,
    'invoice ' || coalesce(invoices.invoice_number, invoices.invoice_id) || ' over '
    || {{ amount_text('invoices.amount', 'invoices.currency_code') }}
    || coalesce(' ' || invoices.currency_code, '')
    || case
        when told.project_id is null then ' names no project'
        else ' names project ' || told.project_id || ', which is none that is known'
    end as reason,
    invoices.source_system,
    invoices.source_instance,
    invoices.invoice_id as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    invoices.period_month,
    invoices.amount,
    invoices.currency_code,
    invoices.invoice_date as since
from {{ ref('fct_invoices') }} as invoices
inner join {{ ref('psa_invoices') }} as told
    on invoices.source_instance = told.source_instance
    and invoices.invoice_id = told.invoice_id
inner join {{ ref('int_invoice_shares') }} as invoice_shares
    on invoices.invoice_key = invoice_shares.invoice_key
    and invoice_shares.project_key is null
    and invoice_shares.unnamed_amount = 0
left join {{ ref('psa_projects') }} as deleted
    on told.source_instance = deleted.source_instance
    and told.project_id = deleted.project_id
    and deleted.is_deleted
where
    invoices.is_billed
    and deleted.project_id is null
