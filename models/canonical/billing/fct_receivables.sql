-- Grain: one row per customer invoice or credit of the ERP, in the books' currency. Its
-- project is that of the PSA invoice it books, known by its external id, else of the job
-- it is coded to; its customer is the project's, else the one it names.
with

booked as (
    select
        source_system,
        source_instance,
        transaction_id,
        max(external_id) as external_id,
        max(party_entity_id) as party_entity_id,
        max(project_key) as project_key,
        max(transaction_date) as transaction_date,
        max(period_month) as period_month,
        max(document_type) as document_type,
        max(transaction_type) as transaction_type,
        max(legal_entity_code) as legal_entity_code,
        max(currency_code) as currency_code,
        sum(net_amount) as amount
    from {{ ref('fct_gl_entries') }}
    where
        document_type in ('customer_invoice', 'customer_credit')
        and account_number = '{{ var("receivables_account") }}'
    group by source_system, source_instance, transaction_id
),

parties as (
    select
        crosswalk.source_instance,
        crosswalk.record_id,
        customers.customer_key
    from {{ ref('crosswalk_customers') }} as crosswalk
    inner join {{ ref('dim_customers') }} as customers
        on crosswalk.customer_number = customers.customer_number
    where crosswalk.role = 'erp'
)

select
    {{ entity_key('receivable', ['booked.source_instance', 'booked.transaction_id']) }}
        as receivable_key,
    invoices.invoice_key,
    projects.project_key,
    coalesce(projects.customer_key, parties.customer_key) as customer_key,
    booked.transaction_id,
    invoices.invoice_id,
    projects.project_code,
    projects.practice_code,
    booked.legal_entity_code,
    booked.transaction_date,
    headers.closed_date as close_date,
    booked.period_month,
    booked.document_type,
    booked.transaction_type,
    booked.currency_code,
    cast(booked.amount as decimal(18, 4)) as amount,
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('headers') }}
from booked
inner join {{ ref('erp_transactions') }} as headers
    on booked.source_instance = headers.source_instance
    and booked.transaction_id = headers.transaction_id
left join {{ ref('int_invoices_translated') }} as invoices
    on booked.external_id
    = '{{ var("invoice_external_id_prefix") }}' || invoices.invoice_id
left join {{ ref('dim_projects') }} as projects
    on coalesce(invoices.project_key, booked.project_key) = projects.project_key
left join parties
    on booked.source_instance = parties.source_instance
    and booked.party_entity_id = parties.record_id
