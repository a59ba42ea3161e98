-- Grain: one row per legal entity, pool and range of days, half-open: the pool's rate and
-- what it adds to an hour's raw cost. The provisional rate is known until Finance has
-- stated an actual one.
with

pools as (select * from {{ ref('burden_pools') }}),

provisional as (
    select
        legal_entity_code,
        pool,
        rate,
        valid_from,
        {{ open_end('valid_to') }} as valid_to
    from {{ ref('burden_rates') }}
),

stated as (
    select
        actual_rates.legal_entity_code,
        actual_rates.pool,
        actual_rates.rate,
        actual_rates.valid_from,
        {{ open_end('actual_rates.valid_to') }} as valid_to
    from {{ ref('burden_actual_rates') }} as actual_rates
    inner join {{ ref('dim_as_of') }} as as_of
        on actual_rates.stated_on <= as_of.as_of_date
),

known as (
    select * from provisional
    union all
    select * from stated
),

changes as (
    select
        legal_entity_code,
        valid_from as change_date
    from known
    union distinct
    select
        legal_entity_code,
        valid_to as change_date
    from known
),

ranges as (
    select
        legal_entity_code,
        change_date as valid_from,
        lead(change_date) over (
            partition by legal_entity_code order by change_date nulls last
        ) as valid_to
    from changes
),

loaded as (
    select
        ranges.legal_entity_code,
        provisional.pool,
        ranges.valid_from,
        ranges.valid_to,
        pools.method,
        pools.precedence,
        pools.basis,
        provisional.rate as provisional_rate,
        coalesce(stated.rate, provisional.rate) as known_rate,
        stated.rate is not null as is_actual
    from ranges
    inner join provisional
        on ranges.legal_entity_code = provisional.legal_entity_code
        and ranges.valid_from >= provisional.valid_from
        and ranges.valid_from < provisional.valid_to
    inner join pools on provisional.pool = pools.pool
    left join stated
        on provisional.legal_entity_code = stated.legal_entity_code
        and provisional.pool = stated.pool
        and ranges.valid_from >= stated.valid_from
        and ranges.valid_from < stated.valid_to
)

select
    legal_entity_code,
    pool,
    valid_from,
    valid_to,
    method as loading_method,
    precedence,
    basis,
    provisional_rate,
    known_rate,
    {{ pool_factor('provisional_rate', ['legal_entity_code', 'valid_from']) }}
        as provisional_factor,
    {{ pool_factor('known_rate', ['legal_entity_code', 'valid_from']) }} as known_factor,
    is_actual
from loaded
