-- Grain: one row per live time entry of the PSA; deleted entries stay in staging. It
-- belongs to its task's obligation, and to the entity, practice and grade that the
-- person had on the day.
-- An entry is approved when its timesheet is, or when its project asks for no
-- approval: the PSA's own flag on the entry says neither.
with

entries as (
    select
        time_entries.*,
        case
            when not projects.requires_time_approval then 'approved'
            when timesheets.status is null then 'unsubmitted'
            else timesheets.status
        end as approval_status,
        case when timesheets.status = 'approved' then timesheets.decided_at end
            as approved_at
    from {{ ref('stg_kantata__time_entries') }} as time_entries
    left join {{ ref('stg_kantata__projects') }} as projects
        on time_entries.source_instance = projects.source_instance
        and time_entries.project_id = projects.project_id
    left join {{ ref('stg_kantata__timesheets') }} as timesheets
        on time_entries.source_instance = timesheets.source_instance
        and time_entries.timesheet_id = timesheets.timesheet_id
        and not timesheets.is_deleted
    where not time_entries.is_deleted
),

people as (
    select
        psa_source_instance,
        psa_user_id,
        {{ entity_key('resource', ['employee_number']) }} as resource_key
    from {{ ref('crosswalk_resources') }}
),

projects as (
    select
        psa_source_instance,
        psa_project_id,
        project_code,
        {{ entity_key('project', ['project_code']) }} as project_key
    from {{ ref('crosswalk_projects') }}
)

select
    {{ entity_key('time_entry', ['entries.source_instance', 'entries.time_entry_id']) }}
        as time_entry_key,
    projects.project_key,
    people.resource_key,
    dim_tasks.task_key,
    entries.time_entry_id,
    coalesce(dim_tasks.obligation_key, obligations.obligation_key) as obligation_key,
    projects.project_code,
    entries.invoice_id,
    entries.work_date,
    {{ month_start('entries.work_date') }} as period_month,
    {{ week_start('entries.work_date') }} as week_start_date,
    entries.created_at,
    entries.approved_at,
    assignments.legal_entity_code as home_legal_entity_code,
    assignments.practice_code as home_practice_code,
    assignments.grade_code,
    psa_roles.role_name,
    entries.currency_code,
    entries.approval_status,
    entries.worked_minutes,
    cast({{ ratio('entries.worked_minutes', 60, 2) }} as decimal(9, 2)) as worked_hours,
    cast(entries.bill_rate as decimal(18, 6)) as bill_rate,
    entries.approval_status = 'approved' as is_approved,
    coalesce(entries.is_billable, false) as is_billable,
    {{ correlation_id('entries', 'time_entry') }} as correlation_id,
    {{ source_coordinates('entries') }}
from entries
left join projects
    on entries.source_instance = projects.psa_source_instance
    and entries.project_id = projects.psa_project_id
left join people
    on entries.source_instance = people.psa_source_instance
    and entries.user_id = people.psa_user_id
left join {{ ref('dim_tasks') }} as dim_tasks
    on entries.source_instance = dim_tasks.source_instance
    and entries.task_id = dim_tasks.task_id
left join {{ ref('dim_obligations') }} as obligations
    on projects.project_code = obligations.project_code
    and obligations.is_first
left join {{ ref('dim_resource_assignments') }} as assignments
    on people.resource_key = assignments.resource_key
    and entries.work_date >= assignments.valid_from
    and entries.work_date < assignments.valid_to
left join {{ ref('stg_kantata__roles') }} as psa_roles
    on entries.source_instance = psa_roles.source_instance
    and entries.role_id = psa_roles.role_id
