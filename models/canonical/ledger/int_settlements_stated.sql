-- Grain: one row per open item and what the ERP states that settles it, in the item's
-- currency: on both documents where both are open items. A journal that books it as cost,
-- or to income, writes it off. Of a payment in another currency than what it settles as much
-- is used as that is worth in it on the day, by both rates to the books' currency; what is
-- left within `settling_spread`, as a bank's rate is another, is used up too.
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
    where not stated.is_deleted and stated.settled_date is not null
),

settling_items as (
    select
        items.open_item_key,
        abs(items.transaction_amount) as item_amount,
        sign(items.transaction_amount) as item_sign,
        items.transaction_currency_code as item_currency_code,
        typed.settlement_id,
        typed.transaction_id as other_transaction_id,
        typed.settled_date,
        typed.settlement_type,
        typed.settled_amount,
        typed.transaction_currency_code != items.transaction_currency_code as is_crossed,
        {{ translated(
            'typed.settled_amount', 'typed.transaction_currency_code',
            'items.currency_code', 'settled_fx.fx_rate'
        ) }} as worth_amount,
        case
            when items.transaction_currency_code = items.currency_code then 1
            else item_fx.fx_rate
        end as item_rate
    from typed
    inner join items
        on typed.source_instance = items.source_instance
        and typed.settling_transaction_id = items.transaction_id
    {{ join_fx_rate(
        'settled_fx', 'typed.transaction_currency_code', 'items.currency_code',
        'typed.settled_date'
    ) }}
    {{ join_fx_rate(
        'item_fx', 'items.transaction_currency_code', 'items.currency_code',
        'typed.settled_date'
    ) }}
),

-- Where no rate is known, amounts stand for what they are worth, and all is used up.
crossed as (
    select
        *,
        case
            when not is_crossed then 0
            else coalesce(
                {{ amount_ratio('worth_amount', 'item_rate', 'item_currency_code') }},
                settled_amount
            )
        end as used_amount,
        is_crossed and (worth_amount is null or item_rate is null) as is_without_rate
    from settling_items
),

totalled as (
    select
        *,
        sum(used_amount) over so_far as used_to_here_amount,
        sum(case when is_crossed then 0 else settled_amount end) over so_far
            as own_to_here_amount
    from crossed
    window so_far as (
        partition by open_item_key
        order by settled_date nulls last, settlement_id nulls last
        rows between unbounded preceding and current row
    )
),

left_over as (
    select
        *,
        max(used_to_here_amount) over (partition by open_item_key) as used_amount_in_all,
        greatest(
            item_amount - max(own_to_here_amount) over (partition by open_item_key), 0
        ) as left_amount,
        max(case when is_without_rate then 1 else 0 end) over (partition by open_item_key) = 1
            as is_uncounted
    from totalled
),

used as (
    select
        *,
        case
            when not is_crossed then settled_amount
            when
                is_uncounted
                or used_amount_in_all
                >= left_amount * (1 - {{ var('settling_spread') }})
                then {{ amount_ratio(
                    'left_amount * used_to_here_amount', 'used_amount_in_all',
                    'item_currency_code'
                ) }} - {{ amount_ratio(
                    'left_amount * (used_to_here_amount - used_amount)',
                    'used_amount_in_all', 'item_currency_code'
                ) }}
            else used_amount
        end as taken_amount
    from left_over
)

select
    items.open_item_key,
    typed.settlement_id,
    typed.settling_transaction_id as other_transaction_id,
    typed.settled_date,
    typed.settlement_type,
    cast(typed.settled_amount * sign(items.transaction_amount) as decimal(18, 4))
        as transaction_amount,
    cast(null as decimal(18, 4)) as worth_amount
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
    cast(taken_amount * item_sign as decimal(18, 4)) as transaction_amount,
    cast(case when is_crossed then worth_amount * item_sign end as decimal(18, 4))
        as worth_amount
from used
