-- Grain: one row per intent of the posting ledger: what Tieout set out to post to the
-- ERP, and what became of it.
select
    posting_id,
    posting_key,
    cast(version as bigint) as version,
    kind,
    legal_entity_code,
    project_code,
    period_month,
    currency_code,
    cast(amount as decimal(18, 4)) as amount,
    cast(posted_hours as decimal(18, 2)) as posted_hours,
    external_id,
    erp_id,
    status,
    posted_at
from {{ ref('stg_ledger__postings') }}
