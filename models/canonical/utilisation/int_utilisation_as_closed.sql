-- Grain: one row per legal entity, practice, grade and period, and, of what was learned of a
-- closed period later, that period: minutes of the employees by where they were on each day.
-- Closed periods are as they were first published as closed, all others as they are known
-- now, and the first open one has what is known of closed ones beyond that; while none is open
-- that has no period. Closed periods that an earlier release kept are as known now. Minutes do
-- not depend on the basis of cost, so they are those kept at actual.
{%- set minutes = [] %}
{%- for measure in utilisation_minutes() %}{% do minutes.append(measure ~ '_minutes') %}{% endfor %}
with

closed as (
    select * from {{ ref('int_periods_kept') }}
    where cost_basis = 'actual' and is_whole
),

takers as (
    select * from {{ ref('int_periods_taking') }}
    where cost_basis = 'actual'
),

known as (
    select
        legal_entity_code,
        practice_code,
        grade_code,
        period_month,
        count(distinct resource_key) as people_count,
        {{ summed_utilisation() }}
    from {{ ref('fct_utilisation_daily') }}
    group by legal_entity_code, practice_code, grade_code, period_month
),

kept as (
    select kept.*
    from {{ ref('stg_kept__closed_utilisation') }} as kept
    inner join closed
        on kept.legal_entity_code = closed.legal_entity_code
        and kept.period_month = closed.period_month
        and kept.snapshot_id = closed.snapshot_id
        and kept.cost_basis = closed.cost_basis
),

stacked as (
    {{ stacked_as_closed(
        ['practice_code', 'grade_code'], minutes,
        attributes=['amber_width_rate'], standing=['people_count']
    ) }}
),

summed as (
    select
        legal_entity_code,
        practice_code,
        grade_code,
        period_month,
        closed_period_month,
        coalesce(max(people_count), 0) as people_count,
        {{ summed_utilisation() }}
    from stacked
    group by legal_entity_code, practice_code, grade_code, period_month, closed_period_month
)

select
    summed.legal_entity_code,
    summed.practice_code,
    summed.grade_code,
    summed.period_month,
    summed.closed_period_month,
    cast(summed.people_count as integer) as people_count,
    summed.amber_width_rate,
{%- for measure in minutes %}
    cast(summed.{{ measure }} as decimal(18, 4)) as {{ measure }}{{ ',' if not loop.last }}
{%- endfor %}
from summed
where
    summed.closed_period_month is null
    or {{ any_is_something('summed', minutes) }}
