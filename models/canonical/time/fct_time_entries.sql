-- Grain: one row per live time entry of the PSA; deleted entries stay in staging. It
-- belongs to its task's obligation, and to the entity, practice and grade that the
-- person had on the day. Its period is the project's entity's; whoever pays for it has
-- another one, where their calendars differ. Time of a day to come counts from that day on,
-- whatever was approved, and time without a day never.
with

entries as (
    select * from {{ ref('psa_time_entries') }}
    where not is_deleted
),

people as (
    select
        source_instance,
        record_id,
        {{ entity_key('resource', ['employee_number']) }} as resource_key
    from {{ ref('crosswalk_resources') }}
    where role = 'psa'
),

projects as (
    select
        source_instance,
        record_id,
        project_code,
        {{ entity_key('project', ['project_code']) }} as project_key
    from {{ ref('crosswalk_projects') }}
    where role = 'psa'
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
    {{ period_start('periods', 'entries.work_date') }} as period_month,
    {{ period_start('home_periods', 'entries.work_date') }} as home_period_month,
    {{ week_start('entries.work_date') }} as week_start_date,
    entries.entered_at as created_at,
    entries.approved_at,
    assignments.legal_entity_code as home_legal_entity_code,
    assignments.practice_code as home_practice_code,
    assignments.grade_code,
    entries.role_name,
    entries.currency_code,
    entries.approval_status,
    entries.worked_minutes,
    cast({{ ratio('entries.worked_minutes', 60, 2) }} as decimal(9, 2)) as worked_hours,
    case when entries.is_billable then entries.billable_minutes else 0 end
        as billable_minutes,
    entries.bill_rate,
    entries.approval_status = 'approved'
    and coalesce(entries.work_date <= as_of.as_of_date, false) as is_approved,
    coalesce(entries.work_date > as_of.as_of_date, false) as is_future,
    entries.is_billable,
    {{ correlation_id('entries', 'time_entry') }} as correlation_id,
    {{ source_coordinates('entries') }}
from entries
cross join {{ ref('dim_as_of') }} as as_of
left join projects
    on entries.source_instance = projects.source_instance
    and entries.project_id = projects.record_id
left join people
    on entries.source_instance = people.source_instance
    and entries.person_id = people.record_id
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
{{ join_period(
    'periods',
    'case when projects.project_code is null then assignments.legal_entity_code'
    ~ ' else obligations.legal_entity_code end',
    'entries.work_date'
) }}
{{ join_period('home_periods', 'assignments.legal_entity_code', 'entries.work_date') }}
