-- Grain: one row per invoice: the billing events that went out under its number. What was not
-- invoiced yet, released or not, is a draft. Certinia does not say when it is to be paid,
-- whether it was, or which one a credit is for; one that is taken back is deleted.
with

invoices as (
    select
        source_instance,
        invoice_id,
        case when count(distinct project_id) = 1 then max(project_id) end as project_id,
        max(invoice_number) as invoice_number,
        max(coalesce(invoice_date, event_date)) as invoice_date,
        max(currency_code) as currency_code,
        case
            when count(*) = count(coalesce(rounded_summary_amount, summary_amount))
                then sum(coalesce(rounded_summary_amount, summary_amount))
        end as net_amount,
        bool_and(coalesce(is_invoiced, false)) as is_invoiced,
        max(erp_invoice_id) as erp_invoice_id
    from {{ ref('certinia__int_billed_events') }}
    group by source_instance, invoice_id
)

select
    invoices.invoice_id,
    invoices.project_id,
    invoices.invoice_number,
    invoices.invoice_date,
    cast(null as date) as due_date,
    'open' as invoice_status,
    coalesce(invoices.currency_code, nullif(own_names.setting_value, '')) as currency_code,
    cast(invoices.net_amount as decimal(18, 4)) as net_amount,
    not invoices.is_invoiced as is_draft,
    cast(null as varchar) as credited_invoice_id,
    invoices.erp_invoice_id as erp_external_id,
    {{ role_lineage('events') }}
from invoices
inner join {{ ref('stg_certinia__billing_events') }} as events
    on invoices.source_instance = events.source_instance
    and invoices.invoice_id = events.billing_event_id
left join {{ ref('stg_landing__settings') }} as own_names
    on invoices.source_instance = own_names.source_instance
    and own_names.setting = 'values.currency'
