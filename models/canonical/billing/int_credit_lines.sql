-- Grain: one row per line of a billed invoice, below 0, that names a time entry or a
-- milestone which another invoice bills: what it takes back of it, in contract currency.
with

lines as (
    select
        source_instance,
        source_id,
        invoice_id,
        case when time_entry_id is not null then 'time_entry' else 'milestone' end as item_type,
        coalesce(time_entry_id, milestone_id) as item_id,
        currency_code,
        -net_amount as amount
    from {{ ref('psa_invoice_lines') }}
    where
        net_amount < 0
        and not is_deleted
        and coalesce(time_entry_id, milestone_id) is not null
)

select
    {{ entity_key('credit_line', ['lines.source_instance', 'lines.source_id']) }}
        as credit_line_key,
    credits.invoice_share_key,
    items.invoice_share_key as credited_share_key,
    items.item_key,
    cast({{ translated(
        'lines.amount', 'lines.currency_code', 'credits.contract_currency_code',
        'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as credited_amount
from lines
inner join {{ ref('int_items_named') }} as items
    on lines.source_instance = items.source_instance
    and lines.item_type = items.item_type
    and lines.item_id = items.item_id
inner join {{ ref('int_invoices_translated') }} as credited
    on items.invoice_share_key = credited.invoice_share_key
inner join {{ ref('int_invoices_translated') }} as credits
    on lines.source_instance = credits.source_instance
    and lines.invoice_id = credits.invoice_id
    and credited.project_key = credits.project_key
    and credited.invoice_key != credits.invoice_key
{{ join_fx_rate(
    'fx_rates', 'lines.currency_code', 'credits.contract_currency_code',
    'credits.invoice_date'
) }}
