-- Grain: one row per intent that the posting ledger holds, as it was last landed; of the
-- states that one run landed, the one that the ledger has last.
with

source as (select * from {{ source('ledger', 'postings') }}),

ranked as (
    select
        *,
        row_number() over (
            partition by posting_id
            order by
                landed_at desc nulls last,
                status_no desc nulls last,
                _event_id asc
        ) as recency
    from source
)

select
    posting_id,
    posting_key,
    version as posting_version,
    kind,
    legal_entity_code,
    project_code,
    period_month,
    currency_code,
    amount,
    hours as posted_hours,
    external_id,
    target as target_instance,
    erp_id,
    status,
    posted_at,
    posting_date,
    debited_account as debited_account_number,
    credited_account as credited_account_number,
    debited_project_id,
    credited_project_id,
    department_id
from ranked
where recency = 1
