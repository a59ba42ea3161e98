-- Grain: one row per Kantata time entry, and per correction of locked time, which adds to
-- them on the day that was worked. An entry is approved when its timesheet is, or when its
-- project asks for no approval: the flag on the entry says neither. It is charged whole or not
-- at all.
select
    entries.time_entry_id,
    entries.project_id,
    entries.user_id as person_id,
    entries.task_id,
    entries.invoice_id,
    kantata_roles.role_name,
    entries.work_date,
    entries.created_at as entered_at,
    case when timesheets.status = 'approved' then timesheets.decided_at end as approved_at,
    case
        when not projects.requires_time_approval then 'approved'
        when timesheets.status is null then 'unsubmitted'
        when timesheets.status in ('approved', 'pending', 'rejected', 'cancelled')
            then timesheets.status
    end as approval_status,
    entries.worked_minutes,
    case when entries.is_billable then entries.worked_minutes else 0 end
        as billable_minutes,
    entries.currency_code,
    entries.bill_rate,
    coalesce(entries.is_billable, false) as is_billable,
    {{ role_lineage('entries') }}
from {{ ref('stg_kantata__time_entries') }} as entries
left join {{ ref('stg_kantata__projects') }} as projects
    on entries.source_instance = projects.source_instance
    and entries.project_id = projects.project_id
left join {{ ref('stg_kantata__timesheets') }} as timesheets
    on entries.source_instance = timesheets.source_instance
    and entries.timesheet_id = timesheets.timesheet_id
    and not timesheets.is_deleted
left join {{ ref('stg_kantata__roles') }} as kantata_roles
    on entries.source_instance = kantata_roles.source_instance
    and entries.role_id = kantata_roles.role_id

union all

select
    'adjustment:' || adjustments.adjustment_id as time_entry_id,
    adjustments.project_id,
    adjustments.user_id as person_id,
    adjustments.task_id,
    adjustments.invoice_id,
    cast(null as varchar) as role_name,
    adjustments.work_date,
    adjustments.created_at as entered_at,
    adjustments.created_at as approved_at,
    'approved' as approval_status,
    adjustments.worked_minutes,
    case when adjustments.is_billable then adjustments.worked_minutes else 0 end
        as billable_minutes,
    adjustments.currency_code,
    adjustments.bill_rate,
    coalesce(adjustments.is_billable, false) as is_billable,
    {{ role_lineage('adjustments') }}
from {{ ref('stg_kantata__time_adjustments') }} as adjustments
