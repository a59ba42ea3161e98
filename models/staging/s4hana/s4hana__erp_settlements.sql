-- Grain: one row per pair of S/4HANA entries of which one settles the other. A part payment
-- names what it is for and counts from its own day. What was cleared together sums up to
-- nought: what is on its one side settles what is on the other, in the order of the days;
-- SAP does not say which settles which. It counts from the day of clearing. What is left,
-- as of other currencies, the clearing entry settles.
with

items as (
    select
        items.entry_id,
        coalesce(items.customer_id, items.supplier_id) as party_id,
        items.account_type,
        items.invoice_entry_id,
        items.transaction_currency_code,
        entries.posting_date,
        cleared.clearing_entry_id,
        cleared.clearing_date,
        case
            when entries.document_type in ('DR', 'RV', 'KR', 'RE', 'KN', 'RN') then 0
            when entries.document_type in ('DG', 'KG') then 1
            when entries.document_type in ('DZ', 'KZ', 'ZP') then 3
            else 2
        end as settling_rank,
        case
            when coalesce(notations.setting_value, 'external') = 'internal'
                then {{ from_two_decimals(
                    'items.transaction_amount', 'items.transaction_currency_code'
                ) }}
            else cast(items.transaction_amount as decimal(18, 4))
        end as transaction_amount,
        row_number() over (
            partition by items.source_instance, items.entry_id
            order by items.source_id nulls last
        ) as place_in_entry,
        {{ role_lineage('items') }}
    from {{ ref('stg_s4hana__journal_items') }} as items
    inner join {{ ref('stg_s4hana__journal_entries') }} as entries
        on items.source_instance = entries.source_instance
        and items.entry_id = entries.entry_id
    left join {{ ref('stg_s4hana__cleared_items') }} as cleared
        on items.source_instance = cleared.source_instance
        and items.source_id = cleared.source_id
        and not cleared.is_deleted
    left join {{ ref('stg_landing__settings') }} as notations
        on items.source_instance = notations.source_instance
        and notations.setting = 'values.amounts'
    where items.account_type in ('D', 'K')
),

-- What names what it is for settles that; a credit does so only once it is cleared.
parts as (
    select
        items.*,
        invoices.posting_date as invoice_date
    from items
    inner join {{ ref('stg_s4hana__journal_entries') }} as invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_entry_id = invoices.entry_id
        and items.entry_id != invoices.entry_id
    where items.settling_rank = 3
),

parts_of as (
    select
        source_instance,
        invoice_entry_id,
        sum(transaction_amount) as transaction_amount
    from parts
    where not is_deleted
    group by source_instance, invoice_entry_id
),

-- What else was cleared together, each side laid end to end.
laid as (
    select
        items.*,
        case when items.transaction_amount > 0 then 1 else -1 end as side,
        items.transaction_amount + coalesce(parts_of.transaction_amount, 0) as open_amount
    from items
    left join parts_of
        on items.source_instance = parts_of.source_instance
        and items.entry_id = parts_of.invoice_entry_id
        and items.place_in_entry = 1
    left join parts
        on items.source_instance = parts.source_instance
        and items.source_id = parts.source_id
    where items.clearing_entry_id is not null and parts.source_id is null
),

cumulated as (
    select
        *,
        sum(abs(open_amount)) over (
            partition by
                source_instance, clearing_entry_id, account_type, party_id,
                transaction_currency_code, side
            order by posting_date nulls last, source_id nulls last
            rows between unbounded preceding and current row
        ) as laid_to
    from laid
    where open_amount * side > 0
),

paired as (
    select
        credits.source_id as credit_source_id,
        case
            when debits.settling_rank <= credits.settling_rank then debits.entry_id
            else credits.entry_id
        end as transaction_id,
        case
            when debits.settling_rank <= credits.settling_rank then credits.entry_id
            else debits.entry_id
        end as settling_transaction_id,
        greatest(debits.clearing_date, debits.posting_date, credits.posting_date)
            as settled_date,
        least(debits.laid_to, credits.laid_to) - greatest(
            debits.laid_to - abs(debits.open_amount), credits.laid_to - abs(credits.open_amount)
        ) as settled_amount,
        {{ role_lineage('debits') }}
    from cumulated as debits
    inner join cumulated as credits
        on debits.source_instance = credits.source_instance
        and debits.clearing_entry_id = credits.clearing_entry_id
        and debits.account_type = credits.account_type
        and debits.party_id is not distinct from credits.party_id
        and debits.transaction_currency_code = credits.transaction_currency_code
        and debits.side = 1
        and credits.side = -1
        and debits.laid_to > credits.laid_to - abs(credits.open_amount)
        and credits.laid_to > debits.laid_to - abs(debits.open_amount)
),

of_sides as (
    select
        source_instance,
        source_id,
        sum(settled_amount) as settled_amount
    from (

        select
            source_instance,
            source_id,
            settled_amount
        from paired

        union all

        select
            source_instance,
            credit_source_id as source_id,
            settled_amount
        from paired

    ) as both_sides
    group by source_instance, source_id
)

select
    parts.source_id || '>' || parts.invoice_entry_id as settlement_id,
    parts.invoice_entry_id as transaction_id,
    parts.entry_id as settling_transaction_id,
    greatest(parts.posting_date, parts.invoice_date) as settled_date,
    cast(abs(parts.transaction_amount) as decimal(18, 4)) as settled_amount,
    {{ role_lineage('parts') }}
from parts

union all

select
    paired.source_id || '>' || paired.credit_source_id as settlement_id,
    paired.transaction_id,
    paired.settling_transaction_id,
    paired.settled_date,
    cast(paired.settled_amount as decimal(18, 4)) as settled_amount,
    {{ role_lineage('paired') }}
from paired

union all

select
    cumulated.source_id || '>' || cumulated.clearing_entry_id as settlement_id,
    cumulated.entry_id as transaction_id,
    cumulated.clearing_entry_id as settling_transaction_id,
    greatest(cumulated.clearing_date, cumulated.posting_date) as settled_date,
    cast(
        abs(cumulated.open_amount) - coalesce(of_sides.settled_amount, 0) as decimal(18, 4)
    ) as settled_amount,
    {{ role_lineage('cumulated') }}
from cumulated
left join of_sides
    on cumulated.source_instance = of_sides.source_instance
    and cumulated.source_id = of_sides.source_id
where
    cumulated.entry_id != cumulated.clearing_entry_id
    and abs(cumulated.open_amount) > coalesce(of_sides.settled_amount, 0)
