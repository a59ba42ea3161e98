-- Control C02. Grain: one row per invoice the PSA billed or the ERP holds, in the
-- functional currency of the entity: the amount billed against the receivable.
with

psa_invoices as (select * from {{ ref('int_invoices_translated') }}),

receivables as (
    select
        gl_entries.*,
        psa_invoices.invoice_id
    from {{ ref('fct_gl_entries') }} as gl_entries
    left join psa_invoices
        on gl_entries.external_id = 'KANTATA-INV-' || psa_invoices.invoice_id
    where
        gl_entries.transaction_type = 'CustInvc'
        and gl_entries.account_number = '{{ var("receivables_account", "1100") }}'
),

stacked as (

    select
        invoice_id as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        billed_amount as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        'kantata:' || invoice_id as source_id
    from psa_invoices

    union all

    select
        coalesce(invoice_id, 'ERP:' || transaction_id) as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        net_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        'netsuite:' || transaction_id as source_id
    from receivables

),

compared as (
    {{ compare_sides('stacked', 'C02', 'psa', 'erp') }}
)

select
    control_id,
    difference_key,
    legal_entity_code,
    period_month,
    project_code,
    left_amount,
    right_amount,
    difference_amount,
    currency_code,
    match_status,
    case when match_status != 'matched' then match_status end as reason,
    owner,
    source_ids
from compared
