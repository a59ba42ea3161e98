-- Postings that are not made because something stands against them, other than a decision
-- of policy or a period that has not begun. The amount is what is not posted. What waits for a
-- project's code is told as that.
select
    'posting_held' as kind,
    postings.kind || ' ' || coalesce('of ' || postings.project_code || ' ', '')
    || 'is held: ' || postings.hold_reason as reason,
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
    and postings.hold_reason not in (
        'held by policy', 'period closed', 'period to come', 'project not in the PSA',
        'project posted under another code'
    )
    and postings.hold_reason not like 'exception: %'
