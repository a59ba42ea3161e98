-- Grain: one row per invoice and what it is for: an obligation's day of work, by the items
-- it names or by age, or nothing that is delivered yet (no day). Contract currency. Its
-- discount is spread over all it is for; collected is the share that was of what credits
-- leave of it.
with

stacked as (

    select
        invoice_share_key,
        project_key,
        obligation_key,
        obligation_code,
        value_date,
        gross_amount,
        true as is_itemised
    from {{ ref('int_invoiced_items') }}

    union all

    select
        invoice_share_key,
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
        least(invoices.contract_collected_amount, invoices.contract_left_amount)
            as contract_collected_amount,
        least(invoices.contract_bad_debt_amount, invoices.contract_left_amount)
            as contract_bad_debt_amount,
        invoices.contract_left_amount,
        {{ whole_weight('stacked.gross_amount') }} as gross_weight
    from stacked
    inner join {{ ref('fct_collections') }} as invoices
        on stacked.invoice_share_key = invoices.invoice_share_key
),

discounted as (
    {{ allocate_amount(
        'weighed', key=['invoice_share_key'], amount='contract_write_down_amount',
        weight='gross_weight', ties=['value_date', 'obligation_code', 'is_itemised'],
        currency='contract_currency_code'
    ) }}
)

select
    invoice_share_key,
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
                'contract_left_amount', 'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as collected_amount,
    cast(
        coalesce(
            {{ amount_ratio(
                '(gross_amount - allocated_amount) * contract_bad_debt_amount',
                'contract_left_amount', 'contract_currency_code'
            ) }}, 0
        ) as decimal(18, 4)
    ) as bad_debt_amount,
    is_itemised
from discounted
