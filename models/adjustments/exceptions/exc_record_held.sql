-- Records that another system should hold, and is not given because something stands
-- against it, other than a decision of policy.
select
    'record_held' as kind,
    replace(records.kind, '_', ' ') || ' for ' || records.target_system || ' is held: '
    || records.hold_reason as reason,
    cast(null as varchar) as source_system,
    records.target_system as source_instance,
    records.posting_key as source_id,
    records.legal_entity_code,
    projects.project_key,
    records.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    records.posting_date as since
from {{ ref('adj_desired_records') }} as records
left join {{ ref('dim_projects') }} as projects
    on records.project_code = projects.project_code
where records.policy_action = 'hold' and records.hold_reason != 'policy'
