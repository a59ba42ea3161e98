-- Plans deleted in their PSA that reached beyond the as-of date: what was still to come of
-- them is in no estimate any more, which moves what is earned by progress.
select
    'plan_deleted' as kind,
    cast({{ ratio('allocations.planned_minutes', 60, 2) }} as varchar) || ' h planned from '
    || cast(allocations.start_date as varchar) || ' to '
    || cast(allocations.end_date as varchar) || ' are deleted, and were still to come'
        as reason,
    allocations.source_system,
    allocations.source_instance,
    allocations.allocation_id as source_id,
    projects.legal_entity_code,
    projects.project_key,
    {{ period_start('periods', 'as_of.as_of_date') }} as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    allocations.start_date as since
from {{ ref('psa_allocations') }} as allocations
cross join {{ ref('dim_as_of') }} as as_of
inner join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and allocations.source_instance = crosswalk.source_instance
    and allocations.project_id = crosswalk.record_id
inner join {{ ref('dim_projects') }} as projects
    on crosswalk.project_code = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
where allocations.is_deleted and allocations.end_date > as_of.as_of_date
