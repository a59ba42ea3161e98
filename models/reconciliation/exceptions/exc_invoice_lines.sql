{%- set left_amount = "case when invoice_shares.unnamed_amount != 0"
    ~ " then invoice_shares.unnamed_amount else invoice_shares.amount end" %}
-- Grain: one row per billed invoice over several projects whose lines do not add up to
-- it: what they leave is billed to the project that it names, if any. So is what a line bills
-- to another project that says no amount, or one in another currency than the invoice.
with

unread as (
    select
        invoices.invoice_key,
        invoices.project_key,
        count(*) as lines_count
    from {{ ref('psa_invoice_lines') }} as items
    inner join {{ ref('fct_invoices') }} as invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_id = invoices.invoice_id
        and invoices.is_billed
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and items.source_instance = crosswalk.source_instance
        and items.project_id = crosswalk.record_id
        and crosswalk.project_code is distinct from invoices.project_code
    where
        not items.is_deleted
        and (items.net_amount is null or items.currency_code != invoices.currency_code)
    group by invoices.invoice_key, invoices.project_key
)

select
    'invoice_lines' as kind,
    'the lines of invoice ' || coalesce(invoices.invoice_number, invoices.invoice_id)
    || ' leave '
    || {{ amount_text(left_amount, 'invoice_shares.currency_code') }}
    || ' of its ' || {{ amount_text('invoices.amount', 'invoices.currency_code') }} || ' '
    || invoices.currency_code || ' to '
    || coalesce('project ' || invoice_shares.project_code, 'no project')
    || case
        when unread.lines_count > 0
            then
                '; of other projects ' || cast(unread.lines_count as varchar)
                || ' say no amount in its currency'
        else ''
    end as reason,
    invoice_shares.source_system,
    invoice_shares.source_instance,
    invoice_shares.invoice_id as source_id,
    projects.legal_entity_code,
    invoice_shares.project_key,
    {{ period_start('periods', 'invoice_shares.invoice_date') }} as period_month,
    {{ left_amount }} as amount,
    invoice_shares.currency_code,
    invoice_shares.invoice_date as since
from {{ ref('int_invoice_shares') }} as invoice_shares
inner join {{ ref('fct_invoices') }} as invoices
    on invoice_shares.invoice_key = invoices.invoice_key
left join unread
    on invoice_shares.invoice_key = unread.invoice_key
    and invoice_shares.project_key is not distinct from unread.project_key
left join {{ ref('dim_projects') }} as projects
    on invoice_shares.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'invoice_shares.invoice_date') }}
where invoice_shares.unnamed_amount != 0 or unread.lines_count > 0
