-- Postings that wait because their job in the ERP has another code than it was posted under.
select
    'project_recoded_in_erp' as kind,
    postings.kind || ' of ' || coalesce(postings.project_code, 'an entity') || ' is held: '
    || postings.hold_reason as reason,
    postings.target_vendor as source_system,
    postings.target_instance as source_instance,
    postings.posting_key as source_id,
    postings.legal_entity_code,
    projects.project_key,
    postings.period_month,
    postings.unposted_amount as amount,
    postings.currency_code,
    postings.period_month as since
from {{ ref('adj_desired_postings') }} as postings
left join {{ ref('dim_projects') }} as projects
    on postings.project_code = projects.project_code
where
    postings.policy_action = 'hold'
    and postings.unposted_amount != 0
    and postings.hold_reason = 'project posted under another code'
