-- Grain: one row per currency pair and day. Tryton states units of a currency for one of the
-- reference, the currency that is only ever 1; so each rate is that of two pairs.
with

stated as (
    select
        rates.*,
        currencies.currency_code
    from {{ ref('stg_tryton__currency_rates') }} as rates
    inner join {{ ref('stg_tryton__currencies') }} as currencies
        on rates.source_instance = currencies.source_instance
        and rates.currency_id = currencies.currency_id
    where rates.units_rate > 0
),

measured as (
    select
        source_instance,
        currency_code,
        max(abs(units_rate - 1)) as farthest
    from stated
    where not is_deleted
    group by source_instance, currency_code
),

-- Where two are only ever 1 nobody knows which is meant.
references_named as (
    select
        source_instance,
        min(currency_code) as currency_code
    from measured
    where farthest = 0
    group by source_instance
    having count(*) = 1
),

paired as (

    select
        stated.currency_code as from_currency_code,
        references_named.currency_code as to_currency_code,
        stated.effective_date,
        cast({{ ratio('1', 'stated.units_rate', 8) }} as decimal(18, 8)) as fx_rate,
        {{ role_lineage('stated') }}
    from stated
    inner join references_named
        on stated.source_instance = references_named.source_instance
        and stated.currency_code != references_named.currency_code

    union all

    select
        references_named.currency_code as from_currency_code,
        stated.currency_code as to_currency_code,
        stated.effective_date,
        stated.units_rate as fx_rate,
        {{ role_lineage('stated') }}
    from stated
    inner join references_named
        on stated.source_instance = references_named.source_instance
        and stated.currency_code != references_named.currency_code

)

select * from paired
