-- Suppliers' bills and credits in the ERP that a project bears and whose books are nobody's: the
-- legal entity that they name, if any, is not one that is known, so that no figure has them.
with

bills as (
    select
        source_system,
        source_instance,
        transaction_id,
        transaction_number,
        transaction_currency_code,
        transaction_date,
        project_key,
        sum(coalesce(transaction_amount, net_amount)) as amount
    from {{ ref('fct_gl_entries') }}
    where
        legal_entity_code is null
        and project_key is not null
        and document_type in ('vendor_bill', 'vendor_credit')
    group by
        source_system,
        source_instance,
        transaction_id,
        transaction_number,
        transaction_currency_code,
        transaction_date,
        project_key
)

select
    'bill_without_entity' as kind,
    'bill ' || coalesce(bills.transaction_number, bills.transaction_id) || ' over '
    || {{ amount_text('bills.amount', 'bills.transaction_currency_code') }}
    || coalesce(' ' || bills.transaction_currency_code, '') || ' is of project '
    || projects.project_code || ' and of no legal entity that is known' as reason,
    bills.source_system,
    bills.source_instance,
    bills.transaction_id as source_id,
    projects.legal_entity_code,
    bills.project_key,
    {{ period_start('periods', 'bills.transaction_date') }} as period_month,
    bills.amount,
    bills.transaction_currency_code as currency_code,
    bills.transaction_date as since
from bills
inner join {{ ref('dim_projects') }} as projects
    on bills.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'bills.transaction_date') }}
where bills.amount != 0
