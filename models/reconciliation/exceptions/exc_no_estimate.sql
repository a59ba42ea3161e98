-- Work on an obligation that is measured by an estimate and has none: nobody planned any of
-- it, or part of what is to come has no rate. What it earns is not more than it cost, or
-- rests on the hours sold. The amount is the cost that nothing is compared with.
with

positions as (
    {{ first_of_each(
        ref('fct_obligation_positions'), key=['obligation_key'],
        order=['period_month desc nulls last']
    ) }}
),

first_costs as (
    select
        obligation_key,
        min(cost_date) as since
    from {{ ref('fct_obligation_costs_daily') }}
    where total_cost_amount != 0
    group by obligation_key
)

select
    'no_estimate' as kind,
    projects.project_code || ' (' || obligations.obligation_name || '): '
    || case
        when positions.unpriced_minutes > 0
            then
                cast({{ ratio('positions.unpriced_minutes', 60, 2) }} as varchar)
                || ' h are planned without a rate'
        else 'no work is planned'
    end
    || case lacking.basis
        when 'sold_hours' then ', the hours sold stand in for a plan'
        else ', it earns no more than it cost'
    end
    || '; its manager is ' || coalesce(resources.resource_name, 'not named') as reason,
    crosswalk.source_system,
    crosswalk.source_instance,
    coalesce(crosswalk.record_id, projects.project_code) || ' ' || obligations.obligation_code
        as source_id,
    obligations.legal_entity_code,
    obligations.project_key,
    lacking.period_month,
    positions.cost_to_date_amount as amount,
    positions.currency_code,
    first_costs.since
from {{ ref('int_cost_to_recover') }} as lacking
inner join {{ ref('dim_obligations') }} as obligations
    on lacking.obligation_key = obligations.obligation_key
inner join {{ ref('dim_projects') }} as projects
    on obligations.project_key = projects.project_key
inner join positions
    on lacking.obligation_key = positions.obligation_key
    and lacking.period_month = positions.period_month
inner join first_costs on lacking.obligation_key = first_costs.obligation_key
left join {{ ref('crosswalk_projects') }} as crosswalk
    on projects.project_code = crosswalk.project_code
    and crosswalk.role = 'psa'
    and crosswalk.is_master
left join {{ ref('dim_resources') }} as resources
    on projects.manager_resource_key = resources.resource_key
