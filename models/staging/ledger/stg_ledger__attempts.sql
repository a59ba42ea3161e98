-- Grain: one row per thing that happened to an intent: sent, posted, failed, uncertain.
select
    sequence,
    posting_id,
    attempt_no,
    attempted_at,
    outcome,
    erp_id,
    request_id,
    detail,
    latency_ms
from {{ source('ledger', 'attempts') }}
