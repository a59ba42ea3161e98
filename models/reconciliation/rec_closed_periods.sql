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

stacked as (
    {% for measure in ['margin', 'revenue', 'billed'] %}
        select
            'I27' as control_id,
            '{{ measure }}' as measure,
            project_key,
            legal_entity_code,
            period_month,
            currency_code,
            {{ measure }}_amount as left_amount,
            0 as right_amount
        from kept

        union all

        select
            'I27' as control_id,
            '{{ measure }}' as measure,
            project_key,
            legal_entity_code,
            period_month,
            currency_code,
            0 as left_amount,
            {{ measure }}_amount as right_amount
        from shown

        union all
    {% endfor %}
    {% for measure in told_measures() %}
        select
            'I28' as control_id,
            '{{ measure }}' as measure,
            project_key,
            legal_entity_code,
            cast(null as date) as period_month,
            currency_code,
            {{ measure }} as left_amount,
            0 as right_amount
        from {{ ref('int_project_activity_daily') }}

        union all

        select
            'I28' as control_id,
            '{{ measure }}' as measure,
            project_key,
            legal_entity_code,
            cast(null as date) as period_month,
            currency_code,
            0 as left_amount,
            {{ measure }} as right_amount
        from {{ ref('int_activity_as_closed') }}

        union all

        select
            'I28' as control_id,
            '{{ measure }}' as measure,
            project_key,
            legal_entity_code,
            cast(null as date) as period_month,
            currency_code,
            0 as left_amount,
            {{ measure }} as right_amount
        from {{ ref('int_closed_differences') }}
        where taker_month is null
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
