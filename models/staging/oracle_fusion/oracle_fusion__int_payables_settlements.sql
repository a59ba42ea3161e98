-- Grain: one row per payment, invoice that it pays, and credit that is set off against it,
-- or none. A payment states what it pays of each invoice, credits below 0: they are used up
-- first, in the order of the invoices, and the payment pays the rest. One of nothing only
-- sets credits off. What a voided payment paid is taken back: its rows are flagged.
with

stated as (
    select
        paid.*,
        payments.payment_date,
        payments.is_deleted or payments.payment_status = 'Voided' or paid.is_deleted
            as is_gone
    from {{ ref('stg_oracle_fusion__payment_invoices') }} as paid
    inner join {{ ref('stg_oracle_fusion__payables_payments') }} as payments
        on paid.source_instance = payments.source_instance
        and paid.payment_id = payments.payment_id
),

measured as (
    select
        *,
        sum(abs(paid_amount)) over (
            partition by source_instance, payment_id, paid_amount < 0
            order by invoice_id, payment_invoice_id
            rows between unbounded preceding and current row
        ) as ends_amount
    from stated
),

credits as (
    select * from measured
    where paid_amount < 0
),

set_off as (
    select
        source_instance,
        payment_id,
        max(ends_amount) as credited_amount
    from credits
    group by source_instance, payment_id
)

select
    invoices.payment_invoice_id || '-' || credits.payment_invoice_id as settlement_id,
    'AP-' || invoices.invoice_id as transaction_id,
    'AP-' || credits.invoice_id as settling_transaction_id,
    invoices.payment_date as settled_date,
    least(invoices.ends_amount, credits.ends_amount) - greatest(
        invoices.ends_amount - invoices.paid_amount, credits.ends_amount + credits.paid_amount
    ) as settled_amount,
    invoices.is_gone,
    {{ role_lineage('invoices') }}
from measured as invoices
inner join credits
    on invoices.source_instance = credits.source_instance
    and invoices.payment_id = credits.payment_id
    and invoices.ends_amount > credits.ends_amount + credits.paid_amount
    and credits.ends_amount > invoices.ends_amount - invoices.paid_amount
where invoices.paid_amount > 0

union all

select
    invoices.payment_invoice_id as settlement_id,
    'AP-' || invoices.invoice_id as transaction_id,
    'PY-' || invoices.payment_id as settling_transaction_id,
    invoices.payment_date as settled_date,
    least(
        invoices.paid_amount, invoices.ends_amount - coalesce(set_off.credited_amount, 0)
    ) as settled_amount,
    invoices.is_gone,
    {{ role_lineage('invoices') }}
from measured as invoices
left join set_off
    on invoices.source_instance = set_off.source_instance
    and invoices.payment_id = set_off.payment_id
where
    invoices.paid_amount > 0
    and invoices.ends_amount > coalesce(set_off.credited_amount, 0)
