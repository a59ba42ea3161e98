-- Grain: one row per decision on an entry: prepared, approved, rejected.
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
