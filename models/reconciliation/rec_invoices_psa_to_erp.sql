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
),

-- Of no amount in the entity's currency it is not known whether the ERP holds it, nor is it
-- missing in the PSA: what it lacks is the cause.
unvalued as (
    select
        source_instance || ':' || invoice_id as difference_key,
        case
            when project_key is null then 'invoice_without_project'
            when currency_code is null then 'project_without_entity'
            else 'missing_exchange_rate'
        end as cause
    from {{ ref('int_invoices_translated') }}
    where billed_amount is null
),

judged as (
    select
        compared.*,
        coalesce(unvalued.cause, compared.match_status) as judged_status
    from compared
    left join unvalued on compared.difference_key = unvalued.difference_key
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
    judged_status as match_status,
    case when judged_status != 'matched' then judged_status end as reason,
    owner,
    source_ids
from judged
