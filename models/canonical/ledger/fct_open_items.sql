-- Grain: one row per customer invoice, supplier bill or credit of the ERP, with what it
-- put on a receivable or payable account; where the ERP states what payments settle, per
-- payment too, as what is over of it is owed back. What is settled of it by a day is in
-- fct_settlements.
with

stating as (
    select distinct source_instance
    from {{ ref('erp_settlements') }}
    where not is_deleted
),

owed as (
    select
        entries.source_instance,
        entries.transaction_id,
        entries.legal_entity_code,
        entries.account_class as item_type,
        entries.transaction_currency_code,
        entries.currency_code,
        min(entries.document_type) as document_type,
        sum(entries.transaction_amount) as transaction_amount,
        sum(entries.net_amount) as amount
    from {{ ref('fct_gl_entries') }} as entries
    left join stating on entries.source_instance = stating.source_instance
    where
        (
            entries.document_type in (
                'customer_invoice', 'customer_credit', 'vendor_bill', 'vendor_credit'
            )
            or (
                entries.document_type in ('customer_payment', 'vendor_payment')
                and stating.source_instance is not null
            )
        )
        and entries.account_class in ('receivable', 'payable')
    group by
        entries.source_instance,
        entries.transaction_id,
        entries.legal_entity_code,
        entries.account_class,
        entries.transaction_currency_code,
        entries.currency_code
)

select
    {{ entity_key('open_item', [
        'owed.source_instance', 'owed.transaction_id', 'owed.item_type'
    ]) }} as open_item_key,
    owed.transaction_id,
    headers.party_id as party_entity_id,
    headers.transaction_date,
    headers.due_date,
    headers.closed_date,
    headers.transaction_number,
    owed.item_type,
    owed.legal_entity_code,
    owed.transaction_currency_code,
    cast(owed.transaction_amount as decimal(18, 4)) as transaction_amount,
    owed.currency_code,
    cast(owed.amount as decimal(18, 4)) as amount,
    owed.document_type not in ('customer_payment', 'vendor_payment') as is_document,
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('headers') }}
from owed
inner join {{ ref('erp_transactions') }} as headers
    on owed.source_instance = headers.source_instance
    and owed.transaction_id = headers.transaction_id
