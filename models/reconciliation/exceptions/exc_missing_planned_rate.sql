-- Planned work of somebody on a project that has no cost on its first day: no pay, order,
-- burden or rate of exchange is in force then. Nothing of it is in what is still to come.
select
    'missing_planned_rate' as kind,
    cast({{ ratio('priced.planned_minutes', 60, 2) }} as varchar) || ' h planned from '
    || cast(priced.start_date as varchar)
    || ': no pay, order, burden or exchange rate is in force on that day' as reason,
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
    and priced.resource_key is not null
    and projects.functional_currency_code is not null
    and {{ has_of_people('labour') }}
    and {{ has_role('spend') }}
    and {{ has_rates() }}
