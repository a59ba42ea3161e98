-- Grain: one row per Coupa receipt; one without a status was created. What is returned to
-- the supplier is received less, and so is what a receipt is voided by in part, whichever
-- sign it comes with; what voids a return is received again. A void of a receipt that is
-- voided itself says it a second time.
with

voided as (
    select
        source_instance,
        receipt_id
    from {{ ref('stg_coupa__receipts') }}
    where status = 'voided' and not is_deleted
)

select
    receipts.receipt_id,
    receipts.po_line_id,
    receipts.receipt_date,
    receipts.currency_code,
    case
        when receipts.transaction_type like 'Void%ReturnToSupplier' then abs(receipts.amount)
        when
            receipts.transaction_type like 'Void%'
            or receipts.transaction_type like '%ReturnToSupplier%'
            then -abs(receipts.amount)
        else receipts.amount
    end as amount,
    coalesce(receipts.status, '') = 'voided'
    or (coalesce(receipts.transaction_type, '') like 'Void%' and voided.receipt_id is not null)
        as is_voided,
    {{ role_lineage('receipts') }}
from {{ ref('stg_coupa__receipts') }} as receipts
left join voided
    on receipts.source_instance = voided.source_instance
    and receipts.original_receipt_id = voided.receipt_id
