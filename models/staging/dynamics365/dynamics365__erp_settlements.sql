-- Grain: one row per settlement. Dynamics has a record for each of its sides; told is the
-- one of the document, or where both are documents (or neither is) of the invoice or bill.
-- It is in the sign of its transaction.
with

transactions as (

    select
        'customer' as side,
        sign(amount) as natural_sign,
        *
    from {{ ref('stg_dynamics365__customer_transactions') }}

    union all

    select
        'vendor' as side,
        -sign(amount) as natural_sign,
        *
    from {{ ref('stg_dynamics365__vendor_transactions') }}

),

named as (
    select
        *,
        company_id || '|' || voucher || '|' || cast(transaction_date as varchar)
            as transaction_id,
        case when transaction_type in ('Payment', 'WriteOff') then 0 else 1 end as is_document
    from transactions
),

records as (

    select
        'customer' as side,
        *
    from {{ ref('stg_dynamics365__customer_settlements') }}

    union all

    select
        'vendor' as side,
        *
    from {{ ref('stg_dynamics365__vendor_settlements') }}

)

select
    records.side || '|' || records.source_id as settlement_id,
    own.transaction_id,
    other.transaction_id as settling_transaction_id,
    records.settled_date,
    cast(records.settled_amount * sign(own.amount) as decimal(18, 4)) as settled_amount,
    records.source_system,
    records.source_instance,
    records.source_id,
    records.source_version,
    records.is_deleted or own.is_deleted or other.is_deleted as is_deleted,
    records.source_updated_at,
    records.landed_at
from records
inner join named as own
    on records.source_instance = own.source_instance
    and records.side = own.side
    and records.company_id = own.company_id
    and records.transaction_record_id = own.record_id
inner join named as other
    on records.source_instance = other.source_instance
    and records.side = other.side
    and records.offset_company_id = other.company_id
    and records.offset_record_id = other.record_id
where
    own.is_document > other.is_document
    or (own.is_document = other.is_document and own.natural_sign > other.natural_sign)
