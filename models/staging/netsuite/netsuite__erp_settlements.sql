-- Grain: one row per line that a payment, credit or journal settles of an invoice or bill.
-- NetSuite states no day of it: it is the payment's or journal's own; a credit's the day on
-- which it was used up, its own until then. Nothing is settled before it was owed.
select
    links.source_id as settlement_id,
    links.transaction_id,
    links.settling_transaction_id,
    greatest(
        documents.transaction_date,
        case
            when links.settling_type in ('CustCred', 'VendCred')
                then coalesce(settling.close_date, settling.transaction_date)
            else settling.transaction_date
        end
    ) as settled_date,
    cast(abs(links.foreign_amount) as decimal(18, 4)) as settled_amount,
    links.source_system,
    links.source_instance,
    links.source_id,
    links.source_version,
    links.is_deleted or settling.is_deleted or documents.is_deleted as is_deleted,
    links.source_updated_at,
    links.landed_at
from {{ ref('stg_netsuite__transaction_links') }} as links
inner join {{ ref('stg_netsuite__transactions') }} as settling
    on links.source_instance = settling.source_instance
    and links.settling_transaction_id = settling.transaction_id
inner join {{ ref('stg_netsuite__transactions') }} as documents
    on links.source_instance = documents.source_instance
    and links.transaction_id = documents.transaction_id
