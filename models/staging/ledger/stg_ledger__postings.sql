-- Grain: one row per intent that the posting ledger holds, as it was last landed.
with

source as (select * from {{ source('ledger', 'postings') }}),

ranked as (
    select
        *,
        row_number() over (
            partition by posting_id
            order by landed_at desc nulls last, _event_id asc
        ) as recency
    from source
)

select
    posting_id,
    posting_key,
    version,
    kind,
    legal_entity_code,
    project_code,
    period_month,
    currency_code,
    amount,
    hours as posted_hours,
    external_id,
    erp_id,
    status,
    posted_at
from ranked
where recency = 1
