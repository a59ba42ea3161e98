-- Grain: one row per legal entity and month, in the entity's own view: its projects'
-- revenue and what it earns from other entities; the cost of its projects, with that of
-- its people on others' projects and without that of others' people on its own, for whom
-- it bears the charge. In the reporting currency a cost that moves between entities is
-- the same amount on both sides, the one the project bears, so the entities add up to the
-- projects. Closed periods have the projects that were an entity's when they closed, and the
-- charges that each side closed with.
with

bounds as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from (

        select
            min(period_month) as first_date,
            max(period_month) as last_date
        from {{ ref('int_project_months') }}

        union all

        select
            min(period_month) as first_date,
            max(period_month) as last_date
        from {{ ref('int_activity_as_closed') }}

        union all

        select
            min(period_month) as first_date,
            max(period_month) as last_date
        from {{ ref('int_charges_as_closed') }}

    ) as found
),

spine as (
    select
        periods.period_month,
        legal_entities.legal_entity_code,
        legal_entities.currency_code
    from {{ ref('dim_legal_entities') }} as legal_entities
    inner join {{ ref('dim_periods') }} as periods
        on legal_entities.legal_entity_code = periods.legal_entity_code
    inner join bounds
        on periods.period_end_date >= bounds.first_date
        and periods.period_month <= bounds.last_date
),

projects as (
    select
        daily.legal_entity_code,
        daily.period_month,
        sum(daily.recognised_amount) as revenue_amount,
        sum(daily.total_cost_amount) as cost_amount,
        sum(daily.loss_provision_amount) as loss_provision_amount,
        {{ known_sum('daily.reporting_recognised_amount') }} as reporting_revenue_amount,
        {{ known_sum(reported_cost('daily')) }} as reporting_cost_amount,
        {{ known_sum('daily.reporting_loss_provision_amount') }} as reporting_loss_provision_amount
    from {{ ref('int_activity_as_closed') }} as daily
    group by daily.legal_entity_code, daily.period_month
),

charges as (
    select
        leg,
        legal_entity_code,
        period_month,
        sum(charge_amount) as charge_amount,
        sum(cost_amount) as cost_amount,
        {{ known_sum('reporting_charge_amount') }} as reporting_charge_amount,
        {{ known_sum('reporting_cost_amount') }} as reporting_cost_amount
    from {{ ref('int_charges_as_closed') }}
    group by leg, legal_entity_code, period_month
),

measured as (
    select
        spine.*,
        coalesce(projects.revenue_amount, 0) as revenue_amount,
        coalesce(provided.charge_amount, 0) as intercompany_revenue_amount,
        coalesce(projects.cost_amount, 0) + coalesce(provided.cost_amount, 0)
        - coalesce(received.cost_amount, 0) as cost_amount,
        coalesce(received.charge_amount, 0) as intercompany_cost_amount,
        coalesce(projects.loss_provision_amount, 0) as loss_provision_amount,
        {{ or_nothing('projects', 'reporting_revenue_amount', 'period_month') }}
            as reporting_revenue_amount,
        {{ or_nothing('provided', 'reporting_charge_amount', 'period_month') }}
            as reporting_intercompany_revenue_amount,
        {{ or_nothing('projects', 'reporting_cost_amount', 'period_month') }}
        + {{ or_nothing('provided', 'reporting_cost_amount', 'period_month') }}
        - {{ or_nothing('received', 'reporting_cost_amount', 'period_month') }}
            as reporting_cost_amount,
        {{ or_nothing('received', 'reporting_charge_amount', 'period_month') }}
            as reporting_intercompany_cost_amount,
        {{ or_nothing('projects', 'reporting_loss_provision_amount', 'period_month') }}
            as reporting_loss_provision_amount
    from spine
    left join projects
        on spine.legal_entity_code = projects.legal_entity_code
        and spine.period_month = projects.period_month
    left join charges as provided
        on provided.leg = 'provided'
        and spine.legal_entity_code = provided.legal_entity_code
        and spine.period_month = provided.period_month
    left join charges as received
        on received.leg = 'received'
        and spine.legal_entity_code = received.legal_entity_code
        and spine.period_month = received.period_month
)

select
    legal_entity_code,
    period_month,
    currency_code,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(intercompany_revenue_amount as decimal(18, 4)) as intercompany_revenue_amount,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    cast(intercompany_cost_amount as decimal(18, 4)) as intercompany_cost_amount,
    cast(loss_provision_amount as decimal(18, 4)) as loss_provision_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast(reporting_revenue_amount as decimal(18, 4)) as reporting_revenue_amount,
    cast(reporting_intercompany_revenue_amount as decimal(18, 4))
        as reporting_intercompany_revenue_amount,
    cast(reporting_cost_amount as decimal(18, 4)) as reporting_cost_amount,
    cast(reporting_intercompany_cost_amount as decimal(18, 4))
        as reporting_intercompany_cost_amount,
    cast(reporting_loss_provision_amount as decimal(18, 4))
        as reporting_loss_provision_amount
from measured
