-- An invoice of the PSA that is dated a day to come: it is billed on no day before.
select
    'future_invoice' as kind,
    'invoice ' || coalesce(invoices.invoice_number, invoices.invoice_id) || ' is of '
    || cast(invoices.invoice_date as varchar) || ', a day to come: it is billed from then on'
        as reason,
    invoices.source_system,
    invoices.source_instance,
    invoices.invoice_id as source_id,
    projects.legal_entity_code,
    invoices.project_key,
    invoices.period_month,
    invoices.amount,
    invoices.currency_code,
    invoices.invoice_date as since
from {{ ref('fct_invoices') }} as invoices
inner join {{ ref('dim_as_of') }} as as_of on invoices.invoice_date > as_of.as_of_date
left join {{ ref('dim_projects') }} as projects
    on invoices.project_key = projects.project_key
where invoices.is_billed
