-- Grain: one row per worker type, grade, practice, legal entity and range of days of a
-- year, half-open: what an hour of theirs costs by standard, before burden. Policy's rate
-- in force on the day the year's rates are set, else the mean of the smallest group that
-- is large enough: no one of its people moves it by half a step of its rounding. Groups
-- widen from the practice to the entity, to all entities, to the type, to everybody.
with

paid as (select * from {{ ref('int_pay_at_year_start') }}),

years as (
    select
        valid_from,
        lead(valid_from, 1, date '9999-12-31') over (order by valid_from nulls last)
            as valid_to,
        set_on
    from (
        select
            valid_from,
            max(set_on) as set_on
        from paid
        group by valid_from
    ) as set_on_days
),

kinds as (
    select distinct
        coalesce(resources.worker_type, 'employee') as worker_type,
        coalesce(assignments.grade_code, '') as grade_code,
        coalesce(assignments.practice_code, '') as practice_code,
        coalesce(assignments.legal_entity_code, '') as legal_entity_code
    from {{ ref('dim_resource_assignments') }} as assignments
    inner join {{ ref('dim_resources') }} as resources
        on assignments.resource_key = resources.resource_key
),

-- «*» stands for whatever is not told apart at a level.
levels as (
    {{ standard_levels('paid') }}
),

pools as (
    select
        valid_from,
        width,
        worker_type,
        grade_code,
        practice_code,
        legal_entity_code,
        count(*) as people_count,
        {{ ratio('sum(hourly_rate)', 'count(*)', 6) }} as mean_rate,
        min(hourly_rate) as lowest_rate,
        max(hourly_rate) as highest_rate
    from levels
    group by
        valid_from, width, worker_type, grade_code, practice_code, legal_entity_code
),

stepped as (
    select
        *,
        {{ standard_step('mean_rate') }} as step,
        greatest(highest_rate - mean_rate, mean_rate - lowest_rate) as farthest
    from pools
    where people_count >= {{ var('smallest_group') }}
),

large_enough as (
    select
        *,
        cast(round({{ ratio('mean_rate', 'step', 6) }}, 0) * step as decimal(18, 6))
            as reporting_rate
    from stepped
    -- Without the farthest, the mean of the others is farthest / (people - 1) away.
    where width >= 4 or 2 * farthest < step * (people_count - 1)
),

grouped as (
    select
        kinds.*,
        years.valid_from,
        years.valid_to,
        years.set_on,
        large_enough.reporting_rate
    from kinds
    cross join years
    left join large_enough
        on years.valid_from = large_enough.valid_from
        and large_enough.worker_type in (kinds.worker_type, '*')
        and large_enough.grade_code in (kinds.grade_code, '*')
        and large_enough.practice_code in (kinds.practice_code, '*')
        and large_enough.legal_entity_code in (kinds.legal_entity_code, '*')
    qualify row_number() over (
        partition by
            kinds.worker_type, kinds.grade_code, kinds.practice_code,
            kinds.legal_entity_code, years.valid_from
        order by large_enough.width nulls last
    ) = 1
),

ruled as (
    select
        grouped.*,
        policies.hourly_rate as policy_rate,
        policies.currency_code as policy_currency_code,
        entities.currency_code as home_currency_code,
        '{{ var("reporting_currency") }}' as reporting_currency_code
    from grouped
    left join {{ ref('standard_cost_rates') }} as policies
        on grouped.worker_type = policies.worker_type
        and policies.grade_code in (grouped.grade_code, '*')
        and policies.practice_code in (grouped.practice_code, '*')
        and policies.legal_entity_code in (grouped.legal_entity_code, '*')
        and grouped.set_on >= policies.valid_from
        and grouped.set_on < {{ open_end('policies.valid_to') }}
    left join {{ ref('dim_legal_entities') }} as entities
        on grouped.legal_entity_code = entities.legal_entity_code
    qualify row_number() over (
        partition by
            grouped.worker_type, grouped.grade_code, grouped.practice_code,
            grouped.legal_entity_code, grouped.valid_from
        order by
            policies.legal_entity_code = '*' nulls last,
            policies.practice_code = '*' nulls last,
            policies.grade_code = '*' nulls last
    ) = 1
),

translated as (
    select
        ruled.*,
        {{ translated(
            'ruled.reporting_rate', 'ruled.reporting_currency_code',
            'ruled.home_currency_code', 'fx_rates.fx_rate'
        ) }} as group_rate
    from ruled
    {{ join_fx_rate(
        'fx_rates', 'ruled.reporting_currency_code', 'ruled.home_currency_code',
        'ruled.set_on'
    ) }}
)

select
    worker_type,
    grade_code,
    practice_code,
    legal_entity_code,
    valid_from,
    valid_to,
    case when policy_rate is not null then 'policy' else 'group' end as rate_source,
    case when policy_rate is not null then policy_currency_code else home_currency_code end
        as currency_code,
    cast(coalesce(policy_rate, group_rate) as decimal(18, 6)) as standard_rate
from translated
where coalesce(policy_rate, group_rate) is not null
