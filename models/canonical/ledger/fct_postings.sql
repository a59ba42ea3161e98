-- Grain: one row per intent of the posting ledger: what Tieout set out to post to the
-- ERP, and what became of it. What an earlier release landed says no ERP: its entity's.
select
    postings.posting_id,
    postings.posting_key,
    cast(postings.posting_version as bigint) as posting_version,
    postings.kind,
    postings.legal_entity_code,
    postings.project_code,
    postings.period_month,
    postings.currency_code,
    cast(postings.amount as decimal(18, 4)) as amount,
    cast(postings.posted_hours as decimal(18, 2)) as posted_hours,
    postings.external_id,
    coalesce(postings.target_instance, legal_entities.erp_instance) as target_instance,
    postings.erp_id,
    postings.status,
    postings.posted_at,
    postings.posting_date,
    postings.debited_account_number,
    postings.credited_account_number,
    postings.debited_project_id,
    postings.credited_project_id,
    postings.department_id
from {{ ref('stg_ledger__postings') }} as postings
left join {{ ref('dim_legal_entities') }} as legal_entities
    on postings.legal_entity_code = legal_entities.legal_entity_code
