-- Grain: one row per invoice and what it is for apart from the items it names: an
-- obligation's day of value, or nothing that is delivered yet (no day). The rest of all
-- invoices of a project is applied to the rest of its value, oldest first on both sides:
-- each invoice and each day is a range of the same running total, and where two ranges
-- overlap the one is for the other.
with

named as (
    select
        invoice_key,
        sum(gross_amount) as gross_amount
    from {{ ref('int_invoiced_items') }}
    group by invoice_key
),

rests as (
    select
        invoices.invoice_key,
        invoices.project_key,
        invoices.invoice_date,
        invoices.invoice_id,
        sum(invoices.contract_gross_amount - coalesce(named.gross_amount, 0)) over (
            partition by invoices.project_key
            order by
                invoices.invoice_date nulls last,
                invoices.invoice_id nulls last,
                invoices.invoice_key nulls last
            rows between unbounded preceding and current row
        ) as rest_to_date_amount
    from {{ ref('fct_collections') }} as invoices
    left join named on invoices.invoice_key = named.invoice_key
    where invoices.project_key is not null
),

invoice_ranges as (
    {{ lasting_steps(
        'rests', key=['project_key'], total='rest_to_date_amount',
        place=['invoice_date', 'invoice_id', 'invoice_key']
    ) }}
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
        invoice_ranges.invoice_key,
        invoice_ranges.project_key,
        value_ranges.obligation_key,
        value_ranges.obligation_code,
        value_ranges.value_date,
        least(invoice_ranges.lasting_to, value_ranges.value_to)
        - greatest(invoice_ranges.lasting_from, value_ranges.value_from) as gross_amount
    from invoice_ranges
    inner join value_ranges
        on invoice_ranges.project_key = value_ranges.project_key
        and invoice_ranges.lasting_from < value_ranges.value_to
        and invoice_ranges.lasting_to > value_ranges.value_from
),

ahead as (
    select
        invoice_ranges.invoice_key,
        invoice_ranges.project_key,
        max(invoice_ranges.lasting_to) - max(invoice_ranges.lasting_from)
        - coalesce(sum(applied.gross_amount), 0) as gross_amount
    from invoice_ranges
    left join applied on invoice_ranges.invoice_key = applied.invoice_key
    group by invoice_ranges.invoice_key, invoice_ranges.project_key
)

select
    invoice_key,
    project_key,
    obligation_key,
    obligation_code,
    value_date,
    cast(gross_amount as decimal(18, 4)) as gross_amount
from applied
where gross_amount > 0

union all

select
    invoice_key,
    project_key,
    cast(null as varchar) as obligation_key,
    cast(null as varchar) as obligation_code,
    cast(null as date) as value_date,
    cast(gross_amount as decimal(18, 4)) as gross_amount
from ahead
where gross_amount > 0
