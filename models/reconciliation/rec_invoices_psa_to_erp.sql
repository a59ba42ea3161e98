-- Control C02. Grain: one row per invoice or credit the PSA billed or the ERP holds, in the
-- functional currency of the entity: the amount billed against the receivable, both without
-- tax. A credit
-- that only the ERP has is of the invoices it is applied to there.
with

receivables as (
    select
        *,
        amount - tax_amount as net_amount,
        coalesce(
            invoice_instance || ':' || invoice_id,
            'ERP:' || source_instance || ':' || transaction_id
        ) as difference_key
    from {{ ref('fct_receivables') }}
),

applied as (
    select
        credits.receivable_key,
        invoices.difference_key,
        invoices.legal_entity_code,
        invoices.period_month,
        invoices.project_code,
        invoices.currency_code,
        {{ without_tax('settlements.carrying_amount', 'credits') }} as amount,
        credits.source_system,
        credits.source_instance,
        credits.transaction_id
    from receivables as credits
    inner join {{ ref('fct_settlements') }} as settlements
        on credits.source_instance = settlements.source_instance
        and credits.transaction_id = settlements.transaction_id
        and settlements.item_type = 'receivable'
    inner join receivables as invoices
        on settlements.source_instance = invoices.source_instance
        and settlements.other_transaction_id = invoices.transaction_id
    where credits.document_type = 'customer_credit' and credits.invoice_key is null
),

applied_of_credits as (
    select
        receivable_key,
        sum(amount) as amount
    from applied
    group by receivable_key
),

held as (

    select
        receivables.difference_key,
        receivables.legal_entity_code,
        receivables.period_month,
        receivables.project_code,
        receivables.currency_code,
        receivables.net_amount - coalesce(applied_of_credits.amount, 0) as amount,
        receivables.source_system,
        receivables.source_instance,
        receivables.transaction_id
    from receivables
    left join applied_of_credits
        on receivables.receivable_key = applied_of_credits.receivable_key
    where
        applied_of_credits.amount is null
        or receivables.net_amount != applied_of_credits.amount

    union all

    select
        difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        amount,
        source_system,
        source_instance,
        transaction_id
    from applied

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
        difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        cast(amount as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || source_instance || ':' || transaction_id as source_id
    from held

),

compared as (
    {{ compare_sides('stacked', 'C02', 'psa', 'erp') }}
),

-- Of no amount in the entity's currency it is not known whether the ERP holds it, nor is it
-- missing in the PSA: what it lacks is the cause.
unvalued as (
    select
        source_instance || ':' || invoice_id as difference_key,
        min(case
            when project_key is null then 'invoice_without_project'
            when currency_code is null then 'project_without_entity'
            else 'missing_exchange_rate'
        end) as cause
    from {{ ref('int_invoices_translated') }}
    where billed_amount is null
    group by source_instance, invoice_id
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
