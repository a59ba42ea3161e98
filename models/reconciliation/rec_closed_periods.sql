-- Controls I27 and I28. Grain: one row per control, project and legal entity; for I27 per
-- closed period too, so that one's error is not netted against another's. I27: what was kept
-- of a closed period on the left, what the marts show of it on the right. I28: what is known
-- now on the left, what closed and open periods, and what waits for one, come to on the
-- right. What is nothing on both sides is left out. Any difference is a fault of this build,
-- so it blocks publication.
with

projects as (select * from {{ ref('dim_projects') }}),

kept as (
    select
        project_key,
        legal_entity_code,
        period_month,
        currency_code,
        recognised_amount - total_cost_amount - loss_provision_amount as margin_amount,
        recognised_amount as revenue_amount,
        billed_amount
    from {{ ref('int_closed_activity') }}
),

-- Of whom else's project it is now only the entity's figures are shown.
shown as (

    select
        margins.project_key,
        margins.legal_entity_code,
        margins.period_month,
        margins.currency_code,
        margins.margin_amount,
        margins.recognised_revenue_amount as revenue_amount,
        margins.billed_amount
    from {{ ref('mart_project_margin_monthly') }} as margins
    inner join {{ ref('int_closed_periods') }} as closed
        on margins.legal_entity_code = closed.legal_entity_code
        and margins.period_month = closed.period_month

    union all

    select
        told.project_key,
        told.legal_entity_code,
        told.period_month,
        told.currency_code,
        told.recognised_amount - told.total_cost_amount - told.loss_provision_amount
            as margin_amount,
        told.recognised_amount as revenue_amount,
        told.billed_amount
    from {{ ref('int_activity_as_closed') }} as told
    inner join {{ ref('int_closed_periods') }} as closed
        on told.legal_entity_code = closed.legal_entity_code
        and told.period_month = closed.period_month
    left join projects
        on told.project_key = projects.project_key
        and told.legal_entity_code = projects.legal_entity_code
    where projects.project_key is null

),

-- Of whole projects, so that the days are read once and not once a measure.
known as (
    select
        project_key,
        legal_entity_code,
        currency_code,
        {{ told_sums() }}
    from {{ ref('int_project_activity_daily') }}
    group by project_key, legal_entity_code, currency_code
),

told as (

    select
        project_key,
        legal_entity_code,
        currency_code,
        {{ told_sums() }}
    from {{ ref('int_activity_as_closed') }}
    group by project_key, legal_entity_code, currency_code

    union all

    select
        project_key,
        legal_entity_code,
        currency_code,
        {{ told_of() }}
    from {{ ref('int_closed_differences') }}
    where taker_month is null

),

stacked as (
    {% for measure in ['margin', 'revenue', 'billed'] %}
        {% for side in ['kept', 'shown'] %}
            select
                'I27' as control_id,
                '{{ measure }}' as measure,
                project_key,
                legal_entity_code,
                period_month,
                currency_code,
                {{ measure ~ '_amount' if side == 'kept' else '0' }} as left_amount,
                {{ '0' if side == 'kept' else measure ~ '_amount' }} as right_amount
            from {{ side }}

            union all
        {% endfor %}
    {% endfor %}
    {% for measure in told_measures() %}
        {% for side in ['known', 'told'] %}
            select
                'I28' as control_id,
                '{{ measure }}' as measure,
                project_key,
                legal_entity_code,
                cast(null as date) as period_month,
                currency_code,
                {{ measure if side == 'known' else '0' }} as left_amount,
                {{ '0' if side == 'known' else measure }} as right_amount
            from {{ side }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        control_id,
        measure,
        project_key,
        legal_entity_code,
        period_month,
        min(currency_code) as currency_code,
        coalesce(sum(left_amount), 0) as left_amount,
        coalesce(sum(right_amount), 0) as right_amount
    from stacked
    group by control_id, measure, project_key, legal_entity_code, period_month
)

select
    cast(summed.control_id as varchar) as control_id,
    coalesce(summed.legal_entity_code, '') || '|' || summed.project_key
    || coalesce('|' || cast(summed.period_month as varchar), '') || '|' || summed.measure
        as difference_key,
    summed.legal_entity_code,
    summed.period_month,
    projects.project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join projects on summed.project_key = projects.project_key
left join {{ ref('control_policies') }} as policies
    on summed.control_id = policies.control_id
where summed.left_amount != 0 or summed.right_amount != 0
