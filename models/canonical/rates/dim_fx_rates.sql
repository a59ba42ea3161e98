-- Grain: one row per currency pair and range of days, half-open: what one unit of the
-- from-currency is worth in the to-currency. The last rate stays in force, and is too old
-- once it has more days than policy allows. All rates of a pair are of one ERP: the group
-- has one rate a day (control I26 holds the others' to it). What policy states by hand
-- counts before the ERP's of its day. What is stated as nothing or less is no rate: it
-- would make amounts nothing, so the one before stays in force until it is too old.
with

stating as (
    select
        from_currency_code,
        to_currency_code,
        coalesce(
            min(case when source_instance = '{{ var("rates_from") }}' then source_instance end),
            min(source_instance)
        ) as source_instance
    from {{ ref('erp_currency_rates') }}
    where not is_deleted and fx_rate > 0
    group by from_currency_code, to_currency_code
),

by_hand as (select * from {{ ref('exchange_rates') }}),

stacked as (

    select
        rates.from_currency_code,
        rates.to_currency_code,
        rates.effective_date as valid_from,
        rates.fx_rate,
        {{ source_coordinates('rates') }}
    from {{ ref('erp_currency_rates') }} as rates
    inner join stating
        on rates.source_instance = stating.source_instance
        and rates.from_currency_code = stating.from_currency_code
        and rates.to_currency_code = stating.to_currency_code
    left join by_hand
        on rates.from_currency_code = by_hand.from_currency_code
        and rates.to_currency_code = by_hand.to_currency_code
        and rates.effective_date = by_hand.valid_from
    where not rates.is_deleted and rates.fx_rate > 0 and by_hand.valid_from is null

    union all

    select
        from_currency_code,
        to_currency_code,
        valid_from,
        fx_rate,
        cast(null as varchar) as source_system,
        cast(null as varchar) as source_instance,
        'exchange_rates.csv' as source_id,
        cast(null as bigint) as source_version
    from by_hand

),

ranges as (
    select
        *,
        lead(valid_from, 1, date '9999-12-31') over (
            partition by from_currency_code, to_currency_code
            order by valid_from nulls last
        ) as valid_to
    from stacked
),

pairs as (
    select distinct
        from_currency_code,
        to_currency_code
    from ranges
),

allowed as (
    select
        pairs.from_currency_code,
        pairs.to_currency_code,
        policies.max_age_days,
        row_number() over (
            partition by pairs.from_currency_code, pairs.to_currency_code
            order by
                case when policies.from_currency_code = '*' then 1 else 0 end,
                case when policies.to_currency_code = '*' then 1 else 0 end
        ) as preference
    from pairs
    left join {{ ref('exchange_rate_policies') }} as policies
        on policies.from_currency_code in (pairs.from_currency_code, '*')
        and policies.to_currency_code in (pairs.to_currency_code, '*')
)

select
    ranges.from_currency_code,
    ranges.to_currency_code,
    ranges.valid_from,
    ranges.valid_to,
    cast(
        {{ dbt.dateadd(
            'day', 'cast(coalesce(allowed.max_age_days, 7) + 1 as integer)', 'ranges.valid_from'
        ) }} as date
    ) as too_old_from,
    ranges.fx_rate,
    {{ source_coordinates('ranges') }}
from ranges
inner join allowed
    on ranges.from_currency_code = allowed.from_currency_code
    and ranges.to_currency_code = allowed.to_currency_code
    and allowed.preference = 1
