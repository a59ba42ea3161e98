-- Control C02. Grain: one row per invoice the PSA billed or the ERP holds, in the
-- functional currency of the entity: the amount billed against the receivable.
with

receivables as (
    select * from {{ ref('fct_receivables') }}
    where document_type = 'customer_invoice'
),

stacked as (

    select
        source_instance || ':' || invoice_id as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        billed_amount as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || source_instance || ':' || invoice_id as source_id
    from {{ ref('int_invoices_translated') }}

    union all

    select
        coalesce(
            invoice_instance || ':' || invoice_id,
            'ERP:' || source_instance || ':' || transaction_id
        ) as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || source_instance || ':' || transaction_id as source_id
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
