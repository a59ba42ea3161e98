-- Grain: one row per customer invoice or credit of the ERP, in the books' currency; a sale that
-- was paid at once is one, by what came in, and so is what was paid back of one. Tax on it
-- is what it puts on the accounts that the entity names for that, or else on liabilities
-- that it names for nothing, if that is no more than the rest: a deposit is none. Its project
-- is that of the PSA invoice it books, known by its external id, if that bills one only, else
-- of the job it is coded to; its customer is the project's, else the one it names. Of an id
-- that two PSAs gave, the invoice is the one of the books' entity; of two, that of the job's
-- project.
with

purposes as (select * from {{ ref('int_account_purposes') }}),

booked as (
    select
        gl_entries.source_system,
        gl_entries.source_instance,
        gl_entries.transaction_id,
        max(gl_entries.external_id) as external_id,
        max(gl_entries.party_entity_id) as party_entity_id,
        max(gl_entries.project_key) as project_key,
        max(gl_entries.transaction_date) as transaction_date,
        max(gl_entries.period_month) as period_month,
        max(gl_entries.document_type) as document_type,
        max(gl_entries.transaction_type) as transaction_type,
        max(gl_entries.legal_entity_code) as legal_entity_code,
        max(gl_entries.currency_code) as currency_code,
        sum(gl_entries.net_amount) as amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    left join purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'receivables'
    where
        (
            gl_entries.document_type in ('customer_invoice', 'customer_credit')
            and purposes.account_number is not null
        )
        or (
            gl_entries.account_class = 'other_asset'
            and (
                (gl_entries.document_type = 'cash_sale' and gl_entries.net_amount > 0)
                or (gl_entries.document_type = 'cash_refund' and gl_entries.net_amount < 0)
            )
        )
    group by
        gl_entries.source_system, gl_entries.source_instance, gl_entries.transaction_id
),

naming as (
    select distinct legal_entity_code from purposes
    where purpose = 'tax_on_sales'
),

taxed as (
    select
        gl_entries.source_instance,
        gl_entries.transaction_id,
        -sum(gl_entries.net_amount) as amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    where
        gl_entries.document_type in (
            'customer_invoice', 'customer_credit', 'cash_sale', 'cash_refund'
        )
        and (
            exists (
                select 1 from purposes
                where
                    gl_entries.legal_entity_code = purposes.legal_entity_code
                    and gl_entries.account_number = purposes.account_number
                    and purposes.purpose = 'tax_on_sales'
            )
            or (
                gl_entries.account_class = 'other_liability'
                and not exists (
                    select 1 from purposes
                    where
                        gl_entries.legal_entity_code = purposes.legal_entity_code
                        and (
                            gl_entries.account_number = purposes.account_number
                            or purposes.purpose = 'tax_on_sales'
                        )
                )
            )
        )
    group by gl_entries.source_instance, gl_entries.transaction_id
),

psa_invoices as (
    select
        invoice_key,
        invoice_id,
        source_instance,
        erp_external_id,
        min(legal_entity_code) as legal_entity_code,
        case when count(*) = 1 then min(project_key) end as project_key
    from {{ ref('int_invoices_translated') }}
    group by invoice_key, invoice_id, source_instance, erp_external_id
),

invoices as (
    select
        *,
        count(*) over (partition by erp_external_id) as same_id_count,
        count(*) over (partition by erp_external_id, legal_entity_code)
            as same_entity_count,
        count(*) over (partition by erp_external_id, project_key) as same_project_count
    from psa_invoices
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
    invoices.source_instance as invoice_instance,
    projects.project_code,
    projects.practice_code,
    booked.legal_entity_code,
    booked.transaction_date,
    coalesce(
        headers.closed_date,
        case
            when booked.document_type in ('cash_sale', 'cash_refund')
                then booked.transaction_date
            when settled.amount = booked.amount then settled.settled_date
        end
    ) as close_date,
    booked.period_month,
    booked.document_type,
    booked.transaction_type,
    booked.currency_code,
    cast(booked.amount as decimal(18, 4)) as amount,
    cast(
        case
            when
                naming.legal_entity_code is not null
                or 2 * abs(taxed.amount) <= abs(booked.amount)
                then coalesce(taxed.amount, 0)
            else 0
        end as decimal(18, 4)
    ) as tax_amount,
    cast(
        case
            when booked.document_type in ('cash_sale', 'cash_refund') then booked.amount
            else coalesce(settled.paid_amount, 0)
        end as decimal(18, 4)
    ) as paid_amount,
    cast(coalesce(settled.written_off_amount, 0) as decimal(18, 4)) as written_off_amount,
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('headers') }}
from booked
inner join {{ ref('erp_transactions') }} as headers
    on booked.source_instance = headers.source_instance
    and booked.transaction_id = headers.transaction_id
left join naming on booked.legal_entity_code = naming.legal_entity_code
left join taxed
    on booked.source_instance = taxed.source_instance
    and booked.transaction_id = taxed.transaction_id
left join {{ ref('int_receivables_settled') }} as settled
    on booked.source_instance = settled.source_instance
    and booked.transaction_id = settled.transaction_id
left join invoices
    on booked.external_id = invoices.erp_external_id
    and (
        invoices.same_id_count = 1
        or (
            booked.legal_entity_code = invoices.legal_entity_code
            and (
                invoices.same_entity_count = 1
                or (
                    invoices.same_project_count = 1
                    and booked.project_key = invoices.project_key
                )
            )
        )
    )
left join {{ ref('dim_projects') }} as projects
    on coalesce(invoices.project_key, booked.project_key) = projects.project_key
left join parties
    on booked.source_instance = parties.source_instance
    and booked.party_entity_id = parties.record_id
