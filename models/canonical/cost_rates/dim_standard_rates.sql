-- Grain: one row per worker type, grade, practice, legal entity and range of days of a
-- year, half-open: what an hour of theirs costs by standard, before burden. Policy's rate
-- in force on the day the year's rates are set, else the mean of the smallest group that
-- is large enough: no one of its people moves it by half of the step or two that it is
-- rounded to. Groups widen from practice to entity, all entities, type, everybody.
with

paid as (select * from {{ ref('int_pay_at_year_start') }}),

years as (select * from {{ ref('int_standard_years') }}),

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
        {{ standard_step('mean_rate', 1) }} as step,
        greatest(highest_rate - mean_rate, mean_rate - lowest_rate) as farthest
    from pools
    where people_count >= {{ var('smallest_group') }}
),

-- Without the farthest, the mean of the others is farthest / (people - 1) away.
large_enough as (
    select
        *,
        case when 2 * farthest < step * (people_count - 1) then 1 else 2 end as steps
    from stepped
    where width >= 4 or farthest < step * (people_count - 1)
),

-- What an entity pays against all of the same grades, for groups wider than it.
entities_paid as (
    select
        paid.valid_from,
        paid.worker_type,
        paid.legal_entity_code,
        count(*) as people_count,
        {{ ratio('sum(paid.hourly_rate)', 'sum(pools.mean_rate)', 6) }} as level_rate,
        min({{ ratio('paid.hourly_rate', 'pools.mean_rate', 6) }}) as lowest_rate,
        max({{ ratio('paid.hourly_rate', 'pools.mean_rate', 6) }}) as highest_rate
    from paid
    inner join pools
        on paid.valid_from = pools.valid_from
        and paid.worker_type = pools.worker_type
        and paid.grade_code = pools.grade_code
        and pools.width = 3
    group by paid.valid_from, paid.worker_type, paid.legal_entity_code
),

entity_levels as (
    select
        valid_from,
        worker_type,
        legal_entity_code,
        cast(round(level_rate * 20, 0) * 0.05 as decimal(18, 6)) as level_rate
    from entities_paid
    where
        people_count >= {{ var('smallest_group') }}
        and 2 * greatest(highest_rate - level_rate, level_rate - lowest_rate)
        < 0.05 * (people_count - 1)
),

grouped as (
    select
        kinds.*,
        years.valid_from,
        years.valid_to,
        years.set_on,
        cast(
            large_enough.mean_rate * case
                when large_enough.width >= 3 then coalesce(entity_levels.level_rate, 1)
                else 1
            end as decimal(18, 6)
        ) as mean_rate,
        large_enough.steps,
        row_number() over (
            partition by
                kinds.worker_type, kinds.grade_code, kinds.practice_code,
                kinds.legal_entity_code, years.valid_from
            order by large_enough.width nulls last
        ) as nth_group
    from kinds
    cross join years
    left join large_enough
        on years.valid_from = large_enough.valid_from
        and large_enough.worker_type in (kinds.worker_type, '*')
        and large_enough.grade_code in (kinds.grade_code, '*')
        and large_enough.practice_code in (kinds.practice_code, '*')
        and large_enough.legal_entity_code in (kinds.legal_entity_code, '*')
    left join entity_levels
        on years.valid_from = entity_levels.valid_from
        and kinds.worker_type = entity_levels.worker_type
        and kinds.legal_entity_code = entity_levels.legal_entity_code
),

rounded as (
    select
        *,
        cast(
            round({{ ratio('mean_rate', standard_step('mean_rate', 'steps'), 6) }}, 0)
            * {{ standard_step('mean_rate', 'steps') }} as decimal(18, 6)
        ) as reporting_rate
    from grouped
    where nth_group = 1
),

ruled as (
    select
        rounded.*,
        policies.hourly_rate as policy_rate,
        policies.currency_code as policy_currency_code,
        entities.currency_code as home_currency_code,
        {{ reporting_currency() }} as reporting_currency_code,
        row_number() over (
            partition by
                rounded.worker_type, rounded.grade_code, rounded.practice_code,
                rounded.legal_entity_code, rounded.valid_from
            order by
                policies.legal_entity_code = '*' nulls last,
                policies.practice_code = '*' nulls last,
                policies.grade_code = '*' nulls last
        ) as nth_policy
    from rounded
    left join {{ ref('standard_cost_rates') }} as policies
        on rounded.worker_type = policies.worker_type
        and policies.grade_code in (rounded.grade_code, '*')
        and policies.practice_code in (rounded.practice_code, '*')
        and policies.legal_entity_code in (rounded.legal_entity_code, '*')
        and rounded.set_on >= policies.valid_from
        and rounded.set_on < {{ open_end('policies.valid_to') }}
    left join {{ ref('dim_legal_entities') }} as entities
        on rounded.legal_entity_code = entities.legal_entity_code
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
    where ruled.nth_policy = 1
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
