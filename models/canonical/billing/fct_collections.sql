-- Grain: one row per billed invoice and project that it bills: what it is for, what was
-- let off on it, what credits leave of it and what of it has been collected. The ERP says
-- so where it holds the invoice: what of it was paid, and what was written off, which is a
-- loss and no cash; tax on it is neither billed nor collected. Where it does not, the PSA's
-- word is taken, that what is left of it is paid.
with

booked as (
    select
        receivables.invoice_key,
        max(receivables.close_date) as close_date,
        sum({{ without_tax('receivables.paid_amount', 'receivables') }}) as settled_amount,
        sum({{ without_tax('receivables.written_off_amount', 'receivables') }})
            as written_off_amount
    from {{ ref('fct_receivables') }} as receivables
    where receivables.invoice_key is not null
    group by receivables.invoice_key
),

invoice_shares as (
    select
        invoices.*,
        sum(invoices.billed_amount) over (
            partition by invoices.invoice_key
            order by invoices.project_key nulls last
            rows between unbounded preceding and current row
        ) as billed_to_here_amount,
        sum(invoices.billed_amount) over (partition by invoices.invoice_key)
            as invoice_amount,
        count(*) over (partition by invoices.invoice_key) as shares_count
    from {{ ref('int_invoices_translated') }} as invoices
),

collected as (
    select
        invoice_shares.*,
        booked.close_date,
        coalesce(credited.write_down_amount, 0) as contract_write_down_amount,
        coalesce(credited.left_amount - credited.write_down_amount, 0)
            as contract_left_amount,
        case when booked.invoice_key is null then 'psa' else 'erp' end as stated_by,
        case
            when booked.invoice_key is not null and invoice_shares.shares_count = 1
                then booked.settled_amount
            when booked.invoice_key is not null
                then coalesce({{ amount_ratio(
                    'booked.settled_amount * invoice_shares.billed_to_here_amount',
                    'invoice_shares.invoice_amount', 'invoice_shares.currency_code'
                ) }} - {{ amount_ratio(
                    'booked.settled_amount'
                    ~ ' * (invoice_shares.billed_to_here_amount - invoice_shares.billed_amount)',
                    'invoice_shares.invoice_amount', 'invoice_shares.currency_code'
                ) }}, 0)
            when psa_invoices.is_paid
                then coalesce({{ amount_ratio(
                    'invoice_shares.billed_amount * (credited.left_amount - credited.write_down_amount)',
                    'invoice_shares.contract_billed_amount', 'invoice_shares.currency_code'
                ) }}, 0)
            else 0
        end as collected_amount,
        case
            when invoice_shares.shares_count = 1 then coalesce(booked.written_off_amount, 0)
            else coalesce({{ amount_ratio(
                'booked.written_off_amount * invoice_shares.billed_to_here_amount',
                'invoice_shares.invoice_amount', 'invoice_shares.currency_code'
            ) }} - {{ amount_ratio(
                'booked.written_off_amount'
                ~ ' * (invoice_shares.billed_to_here_amount - invoice_shares.billed_amount)',
                'invoice_shares.invoice_amount', 'invoice_shares.currency_code'
            ) }}, 0)
        end as bad_debt_amount
    from invoice_shares
    inner join {{ ref('fct_invoices') }} as psa_invoices
        on invoice_shares.invoice_key = psa_invoices.invoice_key
    left join {{ ref('int_invoices_credited') }} as credited
        on invoice_shares.invoice_share_key = credited.invoice_share_key
    left join booked on invoice_shares.invoice_key = booked.invoice_key
)

select
    invoice_share_key,
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
    cast(contract_left_amount as decimal(18, 4)) as contract_left_amount,
    cast(
        coalesce(
            {{ amount_ratio(
                'contract_billed_amount * collected_amount', 'billed_amount',
                'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as contract_collected_amount,
    cast(
        coalesce(
            {{ amount_ratio(
                'contract_billed_amount * bad_debt_amount', 'billed_amount',
                'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as contract_bad_debt_amount,
    currency_code,
    billed_amount,
    cast(collected_amount as decimal(18, 4)) as collected_amount,
    cast(bad_debt_amount as decimal(18, 4)) as bad_debt_amount,
    source_instance
from collected
