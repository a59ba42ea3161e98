-- Grain: one row per customer invoice, supplier bill or credit of the ERP, with what it
-- put on a receivable or payable account. It is owed in full from its date until the day
-- the ERP closes it; what is paid of it in between is not known.
with

owed as (
    select
        source_instance,
        transaction_id,
        legal_entity_code,
        account_class as item_type,
        transaction_currency_code,
        currency_code,
        sum(transaction_amount) as transaction_amount,
        sum(net_amount) as amount
    from {{ ref('fct_gl_entries') }}
    where
        document_type in (
            'customer_invoice', 'customer_credit', 'vendor_bill', 'vendor_credit'
        )
        and account_class in ('receivable', 'payable')
    group by
        source_instance,
        transaction_id,
        legal_entity_code,
        account_class,
        transaction_currency_code,
        currency_code
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
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('headers') }}
from owed
inner join {{ ref('erp_transactions') }} as headers
    on owed.source_instance = headers.source_instance
    and owed.transaction_id = headers.transaction_id
