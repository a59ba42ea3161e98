-- Milestones that were accepted and are gone from their PSA, themselves or with their task,
-- of what earns by acceptance, in a period that is not closed: what they earned is in no
-- revenue any more. One that waits for no task is accepted by its day. An acceptance that was
-- taken back before was meant to be; with a task its acceptance is gone on the same day.
with

of_tasks as (
    select
        source_instance,
        task_id,
        sum(direction) as standing,
        max(case when direction > 0 then event_date end) as accepted_date,
        max(case when direction < 0 then event_date end) as taken_back_date
    from {{ ref('psa_acceptances') }}
    group by source_instance, task_id
),

acceptances as (

    select
        milestones.source_instance,
        milestones.milestone_id,
        of_tasks.standing,
        of_tasks.accepted_date,
        of_tasks.taken_back_date
    from {{ ref('psa_billing_milestones') }} as milestones
    inner join of_tasks
        on milestones.source_instance = of_tasks.source_instance
        and milestones.task_id = of_tasks.task_id

    union all

    select
        milestones.source_instance,
        milestones.milestone_id,
        1 as standing,
        milestones.due_date as accepted_date,
        cast(null as date) as taken_back_date
    from {{ ref('psa_billing_milestones') }} as milestones
    inner join {{ ref('dim_as_of') }} as as_of on milestones.due_date <= as_of.as_of_date
    where milestones.task_id is null

),

measured as (
    select distinct project_key
    from {{ ref('dim_obligations') }}
    where revenue_method in ('milestone', 'completed_contract')
)

select
    'milestone_deleted' as kind,
    'milestone ' || coalesce(milestones.milestone_name, milestones.milestone_id)
    || ', accepted on ' || cast(acceptances.accepted_date as varchar)
    || ', is deleted in the PSA' as reason,
    milestones.source_system,
    milestones.source_instance,
    milestones.milestone_id as source_id,
    projects.legal_entity_code,
    projects.project_key,
    {{ period_start('periods', 'acceptances.accepted_date') }} as period_month,
    milestones.amount,
    milestones.currency_code,
    acceptances.accepted_date as since
from {{ ref('psa_billing_milestones') }} as milestones
inner join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and milestones.source_instance = crosswalk.source_instance
    and milestones.project_id = crosswalk.record_id
inner join {{ ref('dim_projects') }} as projects
    on crosswalk.project_code = projects.project_code
inner join measured on projects.project_key = measured.project_key
inner join acceptances
    on milestones.source_instance = acceptances.source_instance
    and milestones.milestone_id = acceptances.milestone_id
    and acceptances.accepted_date is not null
left join {{ ref('psa_tasks') }} as awaited
    on milestones.source_instance = awaited.source_instance
    and milestones.task_id = awaited.task_id
{{ join_period('periods', 'projects.legal_entity_code', 'acceptances.accepted_date') }}
left join {{ ref('dim_periods') }} as closing
    on projects.legal_entity_code = closing.legal_entity_code
    and {{ period_start('periods', 'acceptances.accepted_date') }} = closing.period_month
where
    not coalesce(closing.is_closed, false)
    and (milestones.is_deleted or awaited.is_deleted)
    and (
        acceptances.standing > 0
        or (
            awaited.is_deleted
            and acceptances.taken_back_date
            = cast(coalesce(awaited.source_updated_at, awaited.landed_at) as date)
        )
    )
