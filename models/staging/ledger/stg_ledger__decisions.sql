-- Grain: one row per decision: prepared, approved or rejected, on an entry; or revoked,
-- all of before.
select
    sequence,
    posting_key,
    content_hash,
    decision,
    decided_by,
    reason,
    amount,
    currency_code,
    decided_at
from {{ source('ledger', 'decisions') }}
