-- Grain: one row per Coupa receipt; one without a status was created.
select
    receipts.receipt_id,
    receipts.po_line_id,
    receipts.receipt_date,
    receipts.currency_code,
    receipts.amount,
    coalesce(receipts.status = 'voided', false) as is_voided,
    {{ role_lineage('receipts') }}
from {{ ref('stg_coupa__receipts') }} as receipts
