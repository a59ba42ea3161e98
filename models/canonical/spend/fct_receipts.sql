-- Grain: one row per receipt of goods or services ordered for a sum; voided receipts
-- are left out. A contractor's hours are received by approved time, not by receipts.
select
    {{ entity_key('receipt', ['receipts.source_instance', 'receipts.receipt_id']) }}
        as receipt_key,
    commitments.commitment_key,
    commitments.project_key,
    receipts.receipt_id,
    commitments.project_code,
    receipts.receipt_date,
    coalesce(receipts.currency_code, commitments.currency_code) as currency_code,
    receipts.amount,
    {{ correlation_id('receipts', 'receipt') }} as correlation_id,
    {{ source_coordinates('receipts') }}
from {{ ref('spend_receipts') }} as receipts
left join {{ ref('fct_purchase_commitments') }} as commitments
    on receipts.source_instance = commitments.source_instance
    and receipts.po_line_id = commitments.po_line_id
where
    not receipts.is_deleted
    and not receipts.is_voided
    and not coalesce(commitments.is_hours, false)
