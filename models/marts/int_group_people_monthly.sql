-- Grain: one row per legal entity, practice, month and person counted for one of the two
-- kinds of figures a cell has: for its projects' money whoever cost something on them,
-- whatever their entity; for its minutes whoever is employed there.
with

counted as (

    select
        'money' as counted_for,
        project_key,
        period_month,
        resource_key
    from {{ ref('fct_labour_costs') }}
    where worked_minutes > 0 and resource_key is not null

    union all

    select
        'money' as counted_for,
        project_key,
        period_month,
        resource_key
    from {{ ref('fct_subcontractor_costs') }}
    where resource_key is not null

),

stacked as (

    select
        counted.counted_for,
        projects.legal_entity_code,
        projects.practice_code,
        counted.period_month,
        counted.resource_key
    from counted
    inner join {{ ref('int_projects_labelled') }} as projects
        on counted.project_key = projects.project_key

    union all

    select
        'minutes' as counted_for,
        legal_entity_code,
        practice_code,
        period_month,
        resource_key
    from {{ ref('fct_utilisation_daily') }}

)

select distinct
    cast(counted_for as varchar) as counted_for,
    legal_entity_code,
    practice_code,
    period_month,
    resource_key
from stacked
