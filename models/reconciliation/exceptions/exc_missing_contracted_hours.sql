-- An employee of whom HR states no contracted hours from a day on: no capacity is known of
-- the person then, and utilisation of the practice is of the others' capacity.
select
    'missing_contracted_hours' as kind,
    'no contracted hours from ' || cast(assignments.valid_from as varchar)
    || ' on, so no capacity' as reason,
    assignments.source_system,
    assignments.source_instance,
    assignments.source_id,
    assignments.legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    assignments.valid_from as since
from {{ ref('dim_resource_assignments') }} as assignments
inner join {{ ref('dim_resources') }} as resources
    on assignments.resource_key = resources.resource_key
    and coalesce(resources.worker_type, 'employee') != 'contingent'
where
    assignments.weekly_hours is null
    and assignments.valid_from < assignments.valid_to
    and {{ has_of_people('contracted_hours') }}
