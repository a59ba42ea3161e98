-- Grain: one row per posting key that Tieout has posted under: what the ERP holds of it,
-- by the external ids of the ledger's postings. Records have no amount and are none.
with

own_entries as (
    select distinct
        source_instance,
        external_id
    from {{ ref('fct_gl_entries') }}
    where is_own_posting
)

select
    postings.posting_key,
    min(postings.kind) as kind,
    min(postings.legal_entity_code) as legal_entity_code,
    min(postings.project_code) as project_code,
    min(postings.period_month) as period_month,
    min(postings.currency_code) as currency_code,
    cast(
        sum(case when own_entries.external_id is null then 0 else postings.amount end)
        as decimal(18, 4)
    ) as own_posted_amount
from {{ ref('fct_postings') }} as postings
left join own_entries
    on postings.target_instance = own_entries.source_instance
    and postings.external_id = own_entries.external_id
where postings.status = 'posted' and postings.amount != 0
group by postings.posting_key
