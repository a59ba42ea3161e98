-- Grain: one row per invoice's share and what it is for after credits, apart from the
-- items it names: an obligation's day of value, or nothing that is delivered yet (no day).
-- The rest of all invoices of a project is applied to the rest of its value, oldest first
-- on both sides: each invoice and each day is a range of the same running total, and where
-- two ranges overlap the one is for the other.
with

named as (
    select
        invoice_share_key,
        sum(gross_amount) as gross_amount
    from {{ ref('int_invoiced_items') }}
    group by invoice_share_key
),

rests as (
    select
        invoices.invoice_share_key,
        invoices.project_key,
        invoices.invoice_date,
        invoices.invoice_id,
        invoices.left_amount - coalesce(named.gross_amount, 0) as rest_amount
    from {{ ref('int_invoices_credited') }} as invoices
    left join named on invoices.invoice_share_key = named.invoice_share_key
),

rests_to_date as (
    select
        *,
        sum(rest_amount) over (
            partition by project_key
            order by
                invoice_date nulls last,
                invoice_id nulls last,
                invoice_share_key nulls last
            rows between unbounded preceding and current row
        ) as rest_to
    from rests
),

invoice_ranges as (
    select
        *,
        rest_to - rest_amount as rest_from
    from rests_to_date
),

totalled as (
    select
        project_key,
        obligation_key,
        obligation_code,
        value_date,
        within_cap_amount,
        sum(within_cap_amount) over (
            partition by project_key
            order by value_date nulls last, obligation_code nulls last
            rows between unbounded preceding and current row
        ) as value_to
    from {{ ref('fct_delivered_values') }}
    where not is_itemised
),

value_ranges as (
    select
        *,
        value_to - within_cap_amount as value_from
    from totalled
),

applied as (
    select
        invoice_ranges.invoice_share_key,
        invoice_ranges.project_key,
        value_ranges.obligation_key,
        value_ranges.obligation_code,
        value_ranges.value_date,
        least(invoice_ranges.rest_to, value_ranges.value_to)
        - greatest(invoice_ranges.rest_from, value_ranges.value_from) as gross_amount
    from invoice_ranges
    inner join value_ranges
        on invoice_ranges.project_key = value_ranges.project_key
        and invoice_ranges.rest_from < value_ranges.value_to
        and invoice_ranges.rest_to > value_ranges.value_from
),

ahead as (
    select
        invoice_ranges.invoice_share_key,
        invoice_ranges.project_key,
        max(invoice_ranges.rest_to) - max(invoice_ranges.rest_from)
        - coalesce(sum(applied.gross_amount), 0) as gross_amount
    from invoice_ranges
    left join applied on invoice_ranges.invoice_share_key = applied.invoice_share_key
    group by invoice_ranges.invoice_share_key, invoice_ranges.project_key
)

select
    invoice_share_key,
    project_key,
    obligation_key,
    obligation_code,
    value_date,
    cast(gross_amount as decimal(18, 4)) as gross_amount
from applied
where gross_amount > 0

union all

select
    invoice_share_key,
    project_key,
    cast(null as varchar) as obligation_key,
    cast(null as varchar) as obligation_code,
    cast(null as date) as value_date,
    cast(gross_amount as decimal(18, 4)) as gross_amount
from ahead
where gross_amount > 0
