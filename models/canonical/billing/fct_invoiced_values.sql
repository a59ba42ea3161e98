-- Grain: one row per invoice and what it is for: an obligation's day of work, by the items
-- it names or by age, or nothing that is delivered yet (no day). Contract currency. Its
-- discount is spread over all it is for; collected is the share of the invoice that was.
with

stacked as (

    select
        invoice_key,
        project_key,
        obligation_key,
        obligation_code,
        value_date,
        gross_amount,
        true as is_itemised
    from {{ ref('int_invoiced_items') }}

    union all

    select
        invoice_key,
        project_key,
        obligation_key,
        obligation_code,
        value_date,
        gross_amount,
        false as is_itemised
    from {{ ref('int_invoices_applied') }}

),

weighed as (
    select
        stacked.*,
        invoices.invoice_date,
        invoices.contract_currency_code,
        invoices.contract_write_down_amount,
        invoices.contract_billed_amount,
        invoices.contract_collected_amount,
        {{ whole_weight('stacked.gross_amount') }} as gross_weight
    from stacked
    inner join {{ ref('fct_collections') }} as invoices
        on stacked.invoice_key = invoices.invoice_key
),

discounted as (
    {{ allocate_amount(
        'weighed', key=['invoice_key'], amount='contract_write_down_amount',
        weight='gross_weight', ties=['value_date', 'obligation_code', 'is_itemised'],
        currency='contract_currency_code'
    ) }}
)

select
    invoice_key,
    project_key,
    obligation_key,
    invoice_date,
    value_date,
    contract_currency_code,
    gross_amount,
    cast(allocated_amount as decimal(18, 4)) as write_down_amount,
    cast(gross_amount - allocated_amount as decimal(18, 4)) as invoiced_amount,
    cast(
        coalesce(
            {{ amount_ratio(
                '(gross_amount - allocated_amount) * contract_collected_amount',
                'contract_billed_amount', 'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as collected_amount,
    is_itemised
from discounted
