-- Grain: one row per open item and what settles it, in full or in part: a payment, a credit
-- or a journal, on both documents where both are open items. What it is of the item's
-- booked amount is exact to the last part. Each side is worth what it is at the rate of the
-- day, and what it was booked at otherwise is realised: a payment on account realises what
-- the rate changed of it until then, one in another currency than what it pays what the
-- bank's own rate took. A write-off realises nothing. What the ERP closed beyond the
-- settlements it states counts as paid on that day where it states none at all; else nobody
-- knows as what.
with

items as (select * from {{ ref('fct_open_items') }}),

stated as (select * from {{ ref('int_settlements_stated') }}),

stated_of_items as (
    select
        open_item_key,
        sum(transaction_amount) as transaction_amount
    from stated
    group by open_item_key
),

stating as (
    select distinct source_instance
    from {{ ref('erp_settlements') }}
    where not is_deleted
),

settled as (

    select * from stated

    union all

    select
        items.open_item_key,
        'closed' as settlement_id,
        cast(null as varchar) as other_transaction_id,
        items.closed_date as settled_date,
        case when stating.source_instance is null then 'payment' else 'unknown' end
            as settlement_type,
        items.transaction_amount - coalesce(stated_of_items.transaction_amount, 0)
            as transaction_amount,
        cast(null as decimal(18, 4)) as worth_amount
    from items
    left join stated_of_items on items.open_item_key = stated_of_items.open_item_key
    left join stating on items.source_instance = stating.source_instance
    where
        items.closed_date is not null
        and items.transaction_amount != coalesce(stated_of_items.transaction_amount, 0)

),

cumulated as (
    select
        settled.*,
        items.item_type,
        items.transaction_id,
        items.legal_entity_code,
        items.transaction_currency_code,
        items.currency_code,
        items.transaction_amount as item_transaction_amount,
        items.amount as item_amount,
        sum(settled.transaction_amount) over (
            partition by settled.open_item_key
            order by settled.settled_date nulls last, settled.settlement_id nulls last
            rows between unbounded preceding and current row
        ) as settled_to_here_amount,
        items.source_system,
        items.source_instance
    from settled
    inner join items on settled.open_item_key = items.open_item_key
),

carried as (
    select
        *,
        coalesce({{ amount_ratio(
            'item_amount * settled_to_here_amount', 'item_transaction_amount', 'currency_code'
        ) }} - {{ amount_ratio(
            'item_amount * (settled_to_here_amount - transaction_amount)',
            'item_transaction_amount', 'currency_code'
        ) }}, 0) as carrying_amount
    from cumulated
),

valued as (
    select
        carried.*,
        coalesce(carried.worth_amount, {{ translated(
            'carried.transaction_amount', 'carried.transaction_currency_code',
            'carried.currency_code', 'fx_rates.fx_rate'
        ) }}) as settled_amount
    from carried
    {{ join_fx_rate(
        'fx_rates', 'carried.transaction_currency_code', 'carried.currency_code',
        'carried.settled_date'
    ) }}
)

select
    {{ entity_key('settlement', ['open_item_key', 'settlement_id']) }} as settlement_key,
    open_item_key,
    transaction_id,
    other_transaction_id,
    item_type,
    settlement_type,
    settled_date,
    legal_entity_code,
    transaction_currency_code,
    cast(transaction_amount as decimal(18, 4)) as transaction_amount,
    currency_code,
    cast(carrying_amount as decimal(18, 4)) as carrying_amount,
    cast(
        case
            when transaction_currency_code = currency_code and worth_amount is null then 0
            when settlement_type in ('payment', 'credit') then settled_amount - carrying_amount
            else 0
        end as decimal(18, 4)
    ) as realised_fx_amount,
    source_system,
    source_instance
from valued
