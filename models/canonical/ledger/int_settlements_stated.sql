-- Grain: one row per open item and what the ERP states that settles it, in the item's
-- currency: on both documents where both are open items. A journal that books it as cost,
-- or to income, writes it off. A payment in another currency than what it settles is used
-- up by it.
with

items as (select * from {{ ref('fct_open_items') }}),

transactions as (
    select
        source_instance,
        transaction_id,
        max(transaction_currency_code) as transaction_currency_code,
        max(document_type) as document_type,
        max(case when account_class in ('income', 'expense') then 1 else 0 end) as is_result,
        max(case when account_class = 'other_asset' then 1 else 0 end) as is_asset
    from {{ ref('fct_gl_entries') }}
    group by source_instance, transaction_id
),

typed as (
    select
        stated.source_instance,
        stated.settlement_id,
        stated.transaction_id,
        stated.settling_transaction_id,
        stated.settled_date,
        stated.settled_amount,
        settled.transaction_currency_code,
        case
            when settling.document_type in ('customer_credit', 'vendor_credit') then 'credit'
            when
                settling.document_type in ('journal', 'other')
                and settling.is_result = 1
                and settling.is_asset = 0
                then 'write_off'
            else 'payment'
        end as settlement_type
    from {{ ref('erp_settlements') }} as stated
    left join transactions as settling
        on stated.source_instance = settling.source_instance
        and stated.settling_transaction_id = settling.transaction_id
    left join transactions as settled
        on stated.source_instance = settled.source_instance
        and stated.transaction_id = settled.transaction_id
    where not stated.is_deleted
),

settling_items as (
    select
        items.open_item_key,
        items.transaction_amount as item_amount,
        items.transaction_currency_code as item_currency_code,
        typed.settlement_id,
        typed.transaction_id as other_transaction_id,
        typed.settled_date,
        typed.settlement_type,
        typed.settled_amount,
        typed.transaction_currency_code != items.transaction_currency_code
            as is_in_other_currency,
        sum(typed.settled_amount) over (
            partition by items.open_item_key
            order by typed.settled_date nulls last, typed.settlement_id nulls last
            rows between unbounded preceding and current row
        ) as settled_to_here_amount
    from typed
    inner join items
        on typed.source_instance = items.source_instance
        and typed.settling_transaction_id = items.transaction_id
),

used_up as (
    select
        *,
        max(settled_to_here_amount) over (partition by open_item_key) as settled_amount_in_all
    from settling_items
)

select
    items.open_item_key,
    typed.settlement_id,
    typed.settling_transaction_id as other_transaction_id,
    typed.settled_date,
    typed.settlement_type,
    cast(typed.settled_amount * sign(items.transaction_amount) as decimal(18, 4))
        as transaction_amount
from typed
inner join items
    on typed.source_instance = items.source_instance
    and typed.transaction_id = items.transaction_id

union all

select
    open_item_key,
    settlement_id,
    other_transaction_id,
    settled_date,
    settlement_type,
    cast(
        case
            when is_in_other_currency
                then {{ amount_ratio(
                    'item_amount * settled_to_here_amount', 'settled_amount_in_all',
                    'item_currency_code'
                ) }} - {{ amount_ratio(
                    'item_amount * (settled_to_here_amount - settled_amount)',
                    'settled_amount_in_all', 'item_currency_code'
                ) }}
            else settled_amount * sign(item_amount)
        end as decimal(18, 4)
    ) as transaction_amount
from used_up
