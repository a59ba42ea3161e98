-- Grain: one row per billed invoice: what it is for, what was let off on it and what of it
-- has been collected. The ERP says so where it holds the invoice: what it booked, once
-- that is settled. Where it does not, the PSA's word is taken.
with

booked as (
    select
        invoice_key,
        max(close_date) as close_date,
        sum(case when close_date is not null then amount else 0 end) as settled_amount
    from {{ ref('fct_receivables') }}
    where invoice_key is not null
    group by invoice_key
),

discounts as (
    select
        source_instance,
        invoice_id,
        sum(contract_amount) as contract_write_down_amount
    from {{ ref('fct_write_downs') }}
    group by source_instance, invoice_id
),

collected as (
    select
        invoices.*,
        psa_invoices.source_instance,
        booked.close_date,
        coalesce(discounts.contract_write_down_amount, 0) as contract_write_down_amount,
        case when booked.invoice_key is null then 'psa' else 'erp' end as stated_by,
        case
            when booked.invoice_key is not null then booked.settled_amount
            when psa_invoices.is_paid then invoices.billed_amount
            else 0
        end as collected_amount
    from {{ ref('int_invoices_translated') }} as invoices
    inner join {{ ref('fct_invoices') }} as psa_invoices
        on invoices.invoice_key = psa_invoices.invoice_key
    left join booked on invoices.invoice_key = booked.invoice_key
    left join discounts
        on psa_invoices.source_instance = discounts.source_instance
        and psa_invoices.invoice_id = discounts.invoice_id
)

select
    invoice_key,
    project_key,
    invoice_id,
    project_code,
    legal_entity_code,
    invoice_date,
    close_date,
    period_month,
    stated_by,
    contract_currency_code,
    cast(contract_billed_amount + contract_write_down_amount as decimal(18, 4))
        as contract_gross_amount,
    cast(contract_write_down_amount as decimal(18, 4)) as contract_write_down_amount,
    contract_billed_amount,
    cast(
        coalesce(
            {{ amount_ratio(
                'contract_billed_amount * collected_amount', 'billed_amount',
                'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as contract_collected_amount,
    currency_code,
    billed_amount,
    cast(collected_amount as decimal(18, 4)) as collected_amount,
    source_instance
from collected
