-- Grain: one row per legal entity and range of days, half-open: the sum of the burden
-- pools valid on every day of the range. A range without a pool has no row.
with

pools as (
    select
        legal_entity_code,
        rate,
        valid_from,
        {{ open_end('valid_to') }} as valid_to
    from {{ ref('burden_rates') }}
),

changes as (
    select
        legal_entity_code,
        valid_from as change_date
    from pools
    union distinct
    select
        legal_entity_code,
        valid_to as change_date
    from pools
),

ranges as (
    select
        legal_entity_code,
        change_date as valid_from,
        lead(change_date) over (
            partition by legal_entity_code order by change_date nulls last
        ) as valid_to
    from changes
)

select
    ranges.legal_entity_code,
    ranges.valid_from,
    ranges.valid_to,
    cast(sum(pools.rate) as decimal(18, 6)) as burden_rate
from ranges
inner join pools
    on ranges.legal_entity_code = pools.legal_entity_code
    and ranges.valid_from >= pools.valid_from
    and ranges.valid_from < pools.valid_to
group by ranges.legal_entity_code, ranges.valid_from, ranges.valid_to
