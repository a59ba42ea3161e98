-- Grain: one row per project and period whose margin is not complete, and per legal entity
-- and period that lacks what is on no project. A closed period lacks what it lacked when it
-- was first published as closed; what it lacks since, the period lacks that takes its
-- differences.
with

lacking as (select * from {{ ref('int_margins_incomplete') }}),

closed as (select * from {{ ref('int_closed_periods') }}),

kept as (
    select
        positions.project_key,
        projects.project_code,
        positions.legal_entity_code,
        positions.period_month,
        positions.incomplete_reason as reason
    from {{ ref('int_closed_positions') }} as positions
    left join {{ ref('dim_projects') }} as projects
        on positions.project_key = projects.project_key
    where
        positions.incomplete_reason is not null
        and (
            positions.project_key is null
            or positions.legal_entity_code = projects.legal_entity_code
        )
),

stacked as (

    select
        lacking.project_key,
        lacking.project_code,
        lacking.legal_entity_code,
        lacking.period_month,
        lacking.reason
    from lacking
    left join closed
        on lacking.legal_entity_code = closed.legal_entity_code
        and lacking.period_month = closed.period_month
    where closed.period_month is null

    union all

    select * from kept

    union all

    select
        lacking.project_key,
        lacking.project_code,
        lacking.legal_entity_code,
        takers.taker_month as period_month,
        case
            when lacking.reason like 'earlier_%' then lacking.reason
            else 'earlier_' || lacking.reason
        end as reason
    from lacking
    inner join closed
        on lacking.legal_entity_code = closed.legal_entity_code
        and lacking.period_month = closed.period_month
    inner join {{ ref('int_periods_taking') }} as takers
        on lacking.legal_entity_code = takers.legal_entity_code
        and lacking.period_month = takers.period_month
    inner join {{ ref('dim_cost_basis') }} as basis
        on takers.cost_basis = basis.cost_basis
    left join kept
        on lacking.project_key is not distinct from kept.project_key
        and lacking.legal_entity_code = kept.legal_entity_code
        and lacking.period_month = kept.period_month
    where takers.taker_month is not null and kept.reason is null

)

select
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    -- what lacks in the period itself is told before what lacked earlier
    coalesce(min(case when reason not like 'earlier_%' then reason end), min(reason))
        as reason
from stacked
group by project_key, project_code, legal_entity_code, period_month
