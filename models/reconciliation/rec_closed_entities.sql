-- Controls I27 and I28, for what closed periods show of companies and of no project. Grain: one
-- row per control, company and measure; for I27 per closed period too. I27: what was kept of a
-- period's charges on the left, what the entity mart shows of it on the right. I28: charges
-- and minutes as known now on the left, what closed and open periods, and what waits for one,
-- come to on the right. What is nothing on both sides is left out. Any difference is a fault
-- of this build, so it blocks publication.
with

closed as (
    select * from {{ ref('int_closed_periods') }}
    where is_whole
),

-- Of whole companies, so that the days are read once and not once a measure.
worked as (
    select
        legal_entity_code,
        {{ summed_utilisation() }}
    from {{ ref('fct_utilisation_daily') }}
    group by legal_entity_code
),

stacked as (

    select
        'I27' as control_id,
        case kept.leg when 'provided' then 'intercompany_revenue' else 'intercompany_cost' end
            as measure,
        kept.legal_entity_code,
        kept.period_month,
        kept.charge_amount as left_amount,
        0 as right_amount
    from {{ ref('int_closed_charges') }} as kept
    inner join closed
        on kept.legal_entity_code = closed.legal_entity_code
        and kept.period_month = closed.period_month

    union all
    {% for measure in ['intercompany_revenue', 'intercompany_cost'] %}
        select
            'I27' as control_id,
            '{{ measure }}' as measure,
            margins.legal_entity_code,
            margins.period_month,
            0 as left_amount,
            margins.{{ measure }}_amount as right_amount
        from {{ ref('mart_entity_margin_monthly') }} as margins
        inner join closed
            on margins.legal_entity_code = closed.legal_entity_code
            and margins.period_month = closed.period_month

        union all
    {% endfor %}
    {% for measure in charge_measures() %}
        select
            'I28' as control_id,
            leg || '_{{ measure }}' as measure,
            legal_entity_code,
            cast(null as date) as period_month,
            {{ measure }} as left_amount,
            0 as right_amount
        from {{ ref('int_charge_legs_monthly') }}

        union all

        select
            'I28' as control_id,
            leg || '_{{ measure }}' as measure,
            legal_entity_code,
            cast(null as date) as period_month,
            0 as left_amount,
            {{ measure }} as right_amount
        from {{ ref('int_charges_as_closed') }}

        union all
    {% endfor %}
    {% for measure in utilisation_minutes() %}
        select
            'I28' as control_id,
            '{{ measure }}_minutes' as measure,
            legal_entity_code,
            cast(null as date) as period_month,
            {{ measure }}_minutes as left_amount,
            0 as right_amount
        from worked

        union all

        select
            'I28' as control_id,
            '{{ measure }}_minutes' as measure,
            legal_entity_code,
            cast(null as date) as period_month,
            0 as left_amount,
            {{ measure }}_minutes as right_amount
        from {{ ref('int_utilisation_as_closed') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        stacked.control_id,
        stacked.measure,
        stacked.legal_entity_code,
        stacked.period_month,
        case when stacked.measure not like '%_minutes' then min(entities.currency_code) end
            as currency_code,
        coalesce(sum(stacked.left_amount), 0) as left_amount,
        coalesce(sum(stacked.right_amount), 0) as right_amount
    from stacked
    left join {{ ref('dim_legal_entities') }} as entities
        on stacked.legal_entity_code = entities.legal_entity_code
    group by
        stacked.control_id,
        stacked.measure,
        stacked.legal_entity_code,
        stacked.period_month
)

select
    cast(summed.control_id as varchar) as control_id,
    coalesce(summed.legal_entity_code, '')
    || coalesce('|' || cast(summed.period_month as varchar), '') || '|' || summed.measure
        as difference_key,
    summed.legal_entity_code,
    summed.period_month,
    cast(null as varchar) as project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('control_policies') }} as policies
    on summed.control_id = policies.control_id
where summed.left_amount != 0 or summed.right_amount != 0
