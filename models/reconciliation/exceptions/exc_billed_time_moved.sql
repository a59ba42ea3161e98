-- Invoices with time or milestones that were moved to another project since: they earn
-- there, and here is billed too much until it is credited. One that names both.
with

moved as (
    select
        items.billed_amount,
        invoice_shares.invoice_share_key,
        invoice_shares.project_key as billed_project_key,
        coalesce(invoices.invoice_number, invoices.invoice_id) as invoice_number,
        invoice_shares.invoice_id,
        invoice_shares.invoice_date,
        invoice_shares.source_system,
        invoice_shares.source_instance,
        earning.project_code,
        earning.contract_currency_code
    from {{ ref('int_items_billed') }} as items
    inner join {{ ref('int_invoice_shares') }} as invoice_shares
        on items.invoice_share_key = invoice_shares.invoice_share_key
    inner join {{ ref('fct_invoices') }} as invoices
        on invoice_shares.invoice_key = invoices.invoice_key
    inner join {{ ref('dim_projects') }} as earning
        on items.project_key = earning.project_key
    where items.is_moved and items.billed_amount != 0
),

summed as (
    select
        invoice_share_key,
        billed_project_key,
        max(invoice_number) as invoice_number,
        max(invoice_id) as invoice_id,
        max(invoice_date) as invoice_date,
        max(source_system) as source_system,
        max(source_instance) as source_instance,
        {{ dbt.listagg('distinct project_code', "' and '", 'order by project_code') }}
            as project_codes,
        max(contract_currency_code) as currency_code,
        sum(billed_amount) as amount
    from moved
    group by invoice_share_key, billed_project_key
)

select
    'billed_time_moved' as kind,
    'invoice ' || summed.invoice_number || ' bills project '
    || coalesce(billed.project_code, 'nobody knows')
    || ' for time or milestones that are of project ' || summed.project_codes || ' now'
        as reason,
    summed.source_system,
    summed.source_instance,
    summed.invoice_id as source_id,
    billed.legal_entity_code,
    summed.billed_project_key as project_key,
    {{ period_start('periods', 'summed.invoice_date') }} as period_month,
    summed.amount,
    coalesce(billed.contract_currency_code, summed.currency_code) as currency_code,
    summed.invoice_date as since
from summed
left join {{ ref('dim_projects') }} as billed
    on summed.billed_project_key = billed.project_key
{{ join_period('periods', 'billed.legal_entity_code', 'summed.invoice_date') }}
