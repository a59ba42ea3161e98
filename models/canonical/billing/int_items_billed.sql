-- Grain: one row per time entry and milestone that a billed invoice names: what the
-- invoice bills of it, in contract currency, and what was credited since and so is to be
-- billed again. An invoice that is for less than its items are worth, as after a
-- correction, is for all of them in proportion. A credit takes back the items that its
-- lines name; any other, the newest items of the invoice first.
with

weighed as (
    select
        items.*,
        invoices.contract_currency_code,
        invoices.issued_amount,
        invoices.directed_amount,
        invoices.left_amount,
        {{ whole_weight('items.amount') }} as weight,
        least(
            sum(items.amount) over (partition by items.invoice_share_key),
            invoices.issued_amount
        ) as named_amount
    from {{ ref('int_items_named') }} as items
    inner join {{ ref('int_invoices_credited') }} as invoices
        on items.invoice_share_key = invoices.invoice_share_key
),

issued as (
    {{ allocate_amount(
        'weighed', key=['invoice_share_key'], amount='named_amount', weight='weight',
        ties=['value_date', 'item_key'], currency='contract_currency_code'
    ) }}
),

directed as (
    select
        item_key,
        sum(credited_amount) as credited_amount
    from {{ ref('int_credit_lines') }}
    group by item_key
),

directly_credited as (
    select
        issued.*,
        greatest(issued.allocated_amount - coalesce(directed.credited_amount, 0), 0)
            as kept_amount,
        greatest(issued.issued_amount - issued.directed_amount - issued.left_amount, 0)
            as undirected_amount
    from issued
    left join directed on issued.item_key = directed.item_key
),

newest_first as (
    select
        *,
        sum(kept_amount) over (
            partition by invoice_share_key
            order by
                value_date desc nulls first, item_id desc nulls first, item_key desc nulls first
            rows between unbounded preceding and current row
        ) as kept_from_here_amount
    from directly_credited
),

credited as (
    select
        *,
        kept_amount - least(
            kept_amount,
            greatest(undirected_amount - kept_from_here_amount + kept_amount, 0)
        ) as billed_amount
    from newest_first
)

select
    item_type,
    item_key,
    project_key,
    obligation_key,
    invoice_share_key,
    value_date,
    amount as value_amount,
    cast(billed_amount as decimal(18, 4)) as billed_amount,
    cast(allocated_amount - billed_amount as decimal(18, 4)) as credited_amount,
    is_moved
from credited
