-- Grain: one row per obligation, day of the work and whether invoices name it item by item:
-- value in contract currency, step by step, as in int_values_delivered_daily. A price bounds
-- its milestones. What is earned no more is taken from the newest value before it.
with

obligations as (
    select * from {{ ref('dim_obligations') }}
    where revenue_method != 'none'
),

prices as (
    select
        obligation_key,
        max_by(price_amount, period_month) as price_amount
    from {{ ref('int_obligation_months') }}
    where revenue_method = 'milestone'
    group by obligation_key
),

totalled as (
    select
        obligation_key,
        value_date,
        is_itemised,
        standard_amount,
        recorded_amount,
        approved_amount,
        chargeable_amount,
        sum(within_cap_amount) over (
            partition by obligation_key, is_itemised
            order by value_date nulls last
            rows between unbounded preceding and current row
        ) as within_to_date_amount
    from {{ ref('int_values_delivered_daily') }}
),

bounded as (
    select
        totalled.obligation_key,
        totalled.value_date,
        totalled.is_itemised,
        totalled.standard_amount,
        totalled.recorded_amount,
        totalled.approved_amount,
        totalled.chargeable_amount,
        case
            when totalled.is_itemised
                then least(
                    totalled.within_to_date_amount,
                    coalesce(prices.price_amount, totalled.within_to_date_amount)
                )
            else totalled.within_to_date_amount
        end as within_to_date_amount
    from totalled
    left join prices on totalled.obligation_key = prices.obligation_key
),

lasting as (
    {{ lasting_steps(
        'bounded', key=['obligation_key', 'is_itemised'],
        total='within_to_date_amount', place=['value_date']
    ) }}
),

judged as (
    select
        lasting.*,
        obligations.project_key,
        obligations.project_code,
        obligations.obligation_code,
        obligations.legal_entity_code,
        obligations.contract_type,
        obligations.contract_currency_code,
        obligations.currency_code,
        obligations.revenue_method in ('time_and_materials', 'time_and_materials_capped')
            as is_by_the_hour,
        lasting.lasting_to - lasting.lasting_from as within_cap_amount
    from lasting
    inner join obligations on lasting.obligation_key = obligations.obligation_key
)

select
    obligation_key,
    project_key,
    project_code,
    obligation_code,
    legal_entity_code,
    value_date,
    contract_type,
    contract_currency_code,
    cast(
        case when is_by_the_hour then standard_amount else within_cap_amount end
        as decimal(18, 4)
    ) as standard_amount,
    cast(
        case when is_by_the_hour then recorded_amount else within_cap_amount end
        as decimal(18, 4)
    ) as recorded_amount,
    cast(
        case when is_by_the_hour then approved_amount else within_cap_amount end
        as decimal(18, 4)
    ) as approved_amount,
    cast(
        case when is_by_the_hour then chargeable_amount else within_cap_amount end
        as decimal(18, 4)
    ) as chargeable_amount,
    cast(within_cap_amount as decimal(18, 4)) as within_cap_amount,
    currency_code,
    is_itemised
from judged
where is_by_the_hour or within_cap_amount != 0
