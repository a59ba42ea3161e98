-- Grain: one row per timecard, day and task (or none) with hours. It is approved when its
-- timecard is and counts in financials: the flags are set together, and where they disagree
-- it waits. It is charged whole or not at all; at a price of a day, at what an hour of it
-- comes to.
with

decided as (
    select
        source_instance,
        timecard_id,
        max(completed_at) as approved_at
    from {{ ref('stg_certinia__approvals') }}
    where status = 'approved' and not is_deleted
    group by source_instance, timecard_id
),

entries as (
    select
        parts.task_id,
        parts.work_date,
        splits.source_system,
        splits.source_instance,
        splits.source_version,
        parts.is_gone,
        splits.source_updated_at,
        splits.landed_at,
        splits.billing_event_item_id,
        splits.currency_code,
        timecards.timecard_id,
        timecards.contact_id,
        timecards.project_id,
        timecards.assignment_id,
        timecards.milestone_id,
        timecards.created_at,
        parts.timecard_id || ':' || cast(parts.work_date as varchar)
        || coalesce(':' || parts.task_id, '') as time_entry_id,
        cast(round(parts.worked_hours * 60, 0) as bigint) as worked_minutes,
        coalesce(timecards.is_billable, false)
        and not coalesce(timecards.is_excluded_from_billing, false) as is_billable,
        case
            when not coalesce(timecards.is_daily_rate, false) then timecards.bill_rate
            else cast(
                {{ ratio('splits.total_billable_amount', 'splits.total_hours', 6) }}
                as decimal(18, 6)
            )
        end as bill_rate,
        case
            when timecards.is_approved and timecards.is_in_financials then 'approved'
            when timecards.status in ('approved', 'submitted') then 'pending'
            when timecards.status = 'rejected' then 'rejected'
            when timecards.status = 'saved' then 'unsubmitted'
        end as approval_status
    from {{ ref('certinia__int_timecard_days') }} as parts
    inner join {{ ref('stg_certinia__timecard_splits') }} as splits
        on parts.source_instance = splits.source_instance
        and parts.timecard_split_id = splits.timecard_split_id
    inner join {{ ref('stg_certinia__timecards') }} as timecards
        on parts.source_instance = timecards.source_instance
        and parts.timecard_id = timecards.timecard_id
)

select
    entries.time_entry_id,
    entries.project_id,
    entries.contact_id as person_id,
    coalesce(entries.task_id, entries.milestone_id) as task_id,
    events.invoice_id,
    coalesce(assignments.role_name, contacts.role_name) as role_name,
    entries.work_date,
    entries.created_at as entered_at,
    case when entries.approval_status = 'approved' then decided.approved_at end as approved_at,
    entries.approval_status,
    entries.worked_minutes,
    case when entries.is_billable then entries.worked_minutes else 0 end
        as billable_minutes,
    coalesce(
        entries.currency_code, projects.currency_code, nullif(own_names.setting_value, '')
    ) as currency_code,
    entries.bill_rate,
    entries.is_billable,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    entries.source_version,
    entries.is_gone as is_deleted,
    entries.source_updated_at,
    entries.landed_at
from entries
left join {{ ref('stg_certinia__projects') }} as projects
    on entries.source_instance = projects.source_instance
    and entries.project_id = projects.project_id
left join {{ ref('stg_certinia__assignments') }} as assignments
    on entries.source_instance = assignments.source_instance
    and entries.assignment_id = assignments.assignment_id
left join {{ ref('stg_certinia__contacts') }} as contacts
    on entries.source_instance = contacts.source_instance
    and entries.contact_id = contacts.contact_id
left join decided
    on entries.source_instance = decided.source_instance
    and entries.timecard_id = decided.timecard_id
left join {{ ref('stg_certinia__billing_event_items') }} as items
    on entries.source_instance = items.source_instance
    and entries.billing_event_item_id = items.billing_event_item_id
    and not items.is_deleted
left join {{ ref('certinia__int_billed_events') }} as events
    on items.source_instance = events.source_instance
    and items.billing_event_id = events.billing_event_id
    and not events.is_deleted
left join {{ ref('stg_landing__settings') }} as own_names
    on entries.source_instance = own_names.source_instance
    and own_names.setting = 'values.currency'
