-- Control I16. Grain: one row per month and measure, in the reporting currency: what the
-- projects' margins come to on the left, with those of projects that left an entity after
-- its period closed, the group of the entity mart on the right. What
-- the entities charge each other must come to nothing. Where their calendars differ, or one
-- of two has closed, the cost of lent people may be in another month at who provides them
-- than at who receives.
-- A difference is a fault of this build, so it blocks publication.
with

projects as (
    select
        group_month as period_month,
        reporting_currency_code as currency_code,
        {{ known_sum('reporting_revenue_amount') }} as revenue_amount,
        {{ known_sum('reporting_total_cost_amount') }} as cost_amount,
        {{ known_sum('reporting_margin_amount') }} as margin_amount
    from {{ ref('mart_project_margin_monthly') }}
    group by group_month, reporting_currency_code
),

departed as (
    select
        periods.group_month as period_month,
        cast({{ reporting_currency() }} as varchar) as currency_code,
        {{ known_sum('told.reporting_recognised_amount') }} as revenue_amount,
        {{ known_sum(reported_cost('told')) }} as cost_amount,
        {{ known_sum(
            'told.reporting_recognised_amount - (' ~ reported_cost('told')
            ~ ') - told.reporting_loss_provision_amount'
        ) }} as margin_amount
    from {{ ref('int_activity_as_closed') }} as told
    inner join {{ ref('dim_periods') }} as periods
        on told.legal_entity_code = periods.legal_entity_code
        and told.period_month = periods.period_month
    left join {{ ref('dim_projects') }} as dim_projects
        on told.project_key = dim_projects.project_key
        and told.legal_entity_code = dim_projects.legal_entity_code
    where dim_projects.project_key is null
    group by periods.group_month
),

moved as (
    select
        periods.group_month as period_month,
        charges.reporting_currency_code as currency_code,
        case charges.leg
            when 'provided' then charges.reporting_cost_amount
            else -charges.reporting_cost_amount
        end as cost_amount
    from {{ ref('int_charges_as_closed') }} as charges
    inner join {{ ref('dim_periods') }} as periods
        on charges.legal_entity_code = periods.legal_entity_code
        and charges.period_month = periods.period_month
),

entities as (
    select
        group_month as period_month,
        reporting_currency_code as currency_code,
        {{ known_sum('reporting_revenue_amount') }} as revenue_amount,
        {{ known_sum('reporting_cost_amount') }} as cost_amount,
        {{ known_sum('reporting_margin_amount') }} as margin_amount,
        {{ known_sum('reporting_intercompany_revenue_amount') }} as intercompany_revenue_amount,
        {{ known_sum('reporting_intercompany_cost_amount') }} as intercompany_cost_amount
    from {{ ref('mart_entity_margin_monthly') }}
    group by group_month, reporting_currency_code
),

measures as (

    select 'revenue' as measure
    union all
    select 'cost' as measure
    union all
    select 'margin' as measure
    union all
    select 'intercompany_revenue' as measure
    union all
    select 'intercompany_cost' as measure

),

stacked as (

    select
        measures.measure,
        projects.period_month,
        projects.currency_code,
        case measures.measure
            when 'revenue' then projects.revenue_amount
            when 'cost' then projects.cost_amount
            when 'margin' then projects.margin_amount
            else 0
        end as left_amount,
        0 as right_amount
    from (
        select * from projects
        union all
        select * from departed
    ) as projects
    cross join measures

    union all

    select
        measures.measure,
        moved.period_month,
        moved.currency_code,
        case measures.measure
            when 'cost' then moved.cost_amount
            when 'margin' then -moved.cost_amount
            else 0
        end as left_amount,
        0 as right_amount
    from moved
    cross join measures

    union all

    select
        measures.measure,
        entities.period_month,
        entities.currency_code,
        0 as left_amount,
        case measures.measure
            when 'revenue' then entities.revenue_amount
            when 'cost' then entities.cost_amount
            when 'margin' then entities.margin_amount
            when 'intercompany_revenue' then entities.intercompany_revenue_amount
            when 'intercompany_cost' then entities.intercompany_cost_amount
        end as right_amount
    from entities
    cross join measures

),

summed as (
    select
        measure,
        period_month,
        min(currency_code) as currency_code,
        {{ known_sum('left_amount') }} as left_amount,
        {{ known_sum('right_amount') }} as right_amount
    from stacked
    group by measure, period_month
)

select
    cast('I16' as varchar) as control_id,
    summed.measure || '|' || cast(summed.period_month as varchar) as difference_key,
    cast(null as varchar) as legal_entity_code,
    summed.period_month,
    cast(null as varchar) as project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('control_policies') }} as policies on policies.control_id = 'I16'
-- What lacks a rate to the reporting currency is an exception, and compares with nothing.
where summed.left_amount is not null and summed.right_amount is not null
