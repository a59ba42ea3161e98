-- Grain: one row per intent of the posting ledger: what Tieout set out to post to the
-- ERP, and what became of it.
select
    posting_id,
    posting_key,
    cast(posting_version as bigint) as posting_version,
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
    posted_at,
    posting_date,
    debited_account_number,
    credited_account_number,
    debited_project_id,
    credited_project_id,
    department_id
from {{ ref('stg_ledger__postings') }}
