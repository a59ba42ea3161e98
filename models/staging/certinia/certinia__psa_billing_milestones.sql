-- Grain: one row per milestone with an amount that may be billed; it waits for itself. One
-- that was cancelled is flagged like a deleted one.
select
    milestones.milestone_id,
    milestones.project_id,
    milestones.milestone_id as task_id,
    events.invoice_id,
    milestones.target_date as due_date,
    milestones.milestone_name,
    coalesce(
        milestones.currency_code, projects.currency_code, nullif(own_names.setting_value, '')
    ) as currency_code,
    milestones.amount,
    milestones.source_system,
    milestones.source_instance,
    milestones.source_id,
    milestones.source_version,
    milestones.is_deleted
    or coalesce(milestones.milestone_status, '') in ('Canceled', 'Cancelled') as is_deleted,
    milestones.source_updated_at,
    milestones.landed_at
from {{ ref('stg_certinia__milestones') }} as milestones
left join {{ ref('stg_certinia__projects') }} as projects
    on milestones.source_instance = projects.source_instance
    and milestones.project_id = projects.project_id
left join {{ ref('stg_certinia__billing_event_items') }} as items
    on milestones.source_instance = items.source_instance
    and milestones.billing_event_item_id = items.billing_event_item_id
    and not items.is_deleted
left join {{ ref('certinia__int_billed_events') }} as events
    on items.source_instance = events.source_instance
    and items.billing_event_id = events.billing_event_id
    and not events.is_deleted
left join {{ ref('stg_landing__settings') }} as own_names
    on milestones.source_instance = own_names.source_instance
    and own_names.setting = 'values.currency'
where
    milestones.amount != 0
    and not coalesce(milestones.is_excluded_from_billing, false)
    and not coalesce(projects.is_pattern, false)
