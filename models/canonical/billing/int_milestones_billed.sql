-- Grain: one row per live milestone: what billed invoices are for of it, in contract
-- currency, and what was credited of that. Lines that name it say which part they bill; an
-- invoice that it names, without such lines, bills what its amount is enough for. In another
-- currency than the contract's that is told by lines only: rates of two days differ.
with

invoices as (
    select * from {{ ref('fct_invoices') }}
    where is_issued
),

named_parts as (
    select
        invoice_lines.source_instance,
        invoice_lines.milestone_id,
        invoice_lines.currency_code,
        sum(invoice_lines.net_amount) as net_amount
    from {{ ref('psa_invoice_lines') }} as invoice_lines
    inner join invoices
        on invoice_lines.source_instance = invoices.source_instance
        and invoice_lines.invoice_id = invoices.invoice_id
    where
        invoice_lines.net_amount > 0
        and not invoice_lines.is_deleted
    group by
        invoice_lines.source_instance,
        invoice_lines.milestone_id,
        invoice_lines.currency_code
),

issued as (
    select
        milestones.milestone_key,
        milestones.contract_currency_code,
        milestones.contract_amount,
        coalesce(items.credited_amount, 0) as credited_amount,
        case
            when named_parts.net_amount < milestones.amount
                then {{ amount_ratio(
                    'milestones.contract_amount * named_parts.net_amount',
                    'milestones.amount', 'milestones.contract_currency_code'
                ) }}
            when named_parts.milestone_id is not null then milestones.contract_amount
            when invoices.invoice_key is null then 0
            when milestones.currency_code = milestones.contract_currency_code
                then coalesce(
                    items.billed_amount + items.credited_amount, milestones.contract_amount
                )
            else milestones.contract_amount
        end as issued_amount
    from {{ ref('dim_milestones') }} as milestones
    left join invoices
        on milestones.source_instance = invoices.source_instance
        and milestones.invoice_id = invoices.invoice_id
    left join {{ ref('int_items_billed') }} as items
        on items.item_type = 'milestone'
        and milestones.milestone_key = items.item_key
    left join named_parts
        on milestones.source_instance = named_parts.source_instance
        and milestones.milestone_id = named_parts.milestone_id
        and milestones.currency_code = named_parts.currency_code
)

select
    milestone_key,
    contract_currency_code,
    cast(credited_amount as decimal(18, 4)) as credited_amount,
    cast(issued_amount - credited_amount as decimal(18, 4)) as billed_amount,
    cast(contract_amount - issued_amount + credited_amount as decimal(18, 4)) as open_amount,
    coalesce(issued_amount = contract_amount, issued_amount is null)
    and credited_amount = 0 as is_billed
from issued
