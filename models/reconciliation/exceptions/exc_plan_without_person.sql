-- Planned work on a project that names nobody, or nobody known: it costs nothing yet, and
-- nothing of it is in what is still to come.
select
    'plan_without_person' as kind,
    cast({{ ratio('priced.planned_minutes', 60, 2) }} as varchar) || ' h planned from '
    || cast(priced.start_date as varchar) || ' name nobody who is known' as reason,
    allocations.source_system,
    allocations.source_instance,
    allocations.source_id,
    projects.legal_entity_code,
    priced.project_key,
    priced.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    priced.start_date as since
from {{ ref('int_allocations_priced') }} as priced
inner join {{ ref('fct_allocations') }} as allocations
    on priced.allocation_key = allocations.allocation_key
inner join {{ ref('dim_projects') }} as projects
    on priced.project_key = projects.project_key
where
    not priced.is_priced
    and priced.resource_key is null
    and {{ has_role('hr') }}
    and {{ has_role('spend') }}
    and {{ has_rates() }}
