-- Grain: one row per obligation that is delivered: its terms in force on the as-of date,
-- what of its signed price (the cap that the capped ones share) is recognised, and what is
-- left. An obligation whose service begins in a later month has those it was sold with.
-- Cost plus has no price to be left; time and materials recognise no less than nothing.
with

latest as (
    {{ first_of_each(
        ref('int_obligation_months'), key=['obligation_key'], order=['period_month desc nulls last']
    ) }}
),

recognised as (
    select
        revenue.obligation_key,
        obligations.cap_obligation_key,
        sum(
            case
                when revenue.is_write_down or revenue.is_recharge then 0
                else revenue.contract_amount
            end
        ) as contract_amount
    from {{ ref('fct_revenue') }} as revenue
    inner join {{ ref('dim_obligations') }} as obligations
        on revenue.obligation_key = obligations.obligation_key
    group by revenue.obligation_key, obligations.cap_obligation_key
),

recognised_together as (
    select
        cap_obligation_key,
        sum(contract_amount) as contract_amount
    from recognised
    group by cap_obligation_key
),

stated as (
    select
        obligations.obligation_key,
        obligations.project_key,
        obligations.project_code,
        as_of.as_of_date,
        obligations.service_start_date,
        coalesce(latest.service_end_date, obligations.service_end_date)
            as service_end_date,
        obligations.legal_entity_code,
        obligations.revenue_method,
        obligations.straight_line_basis,
        obligations.contract_currency_code,
        obligations.currency_code,
        obligations.included_minutes,
        obligations.fee_rate,
        coalesce(prices.price_amount, obligations.price_amount) as price_amount,
        coalesce(latest.cap_amount, obligations.cap_amount) as cap_amount,
        obligations.fee_ceiling_amount,
        obligations.cap_obligation_key,
        coalesce(recognised.contract_amount, 0) as recognised_amount,
        coalesce(together.contract_amount, 0) as recognised_together_amount
    from {{ ref('dim_obligations') }} as obligations
    inner join {{ ref('dim_projects') }} as projects
        on obligations.project_key = projects.project_key
    cross join {{ ref('dim_as_of') }} as as_of
    left join latest on obligations.obligation_key = latest.obligation_key
    left join {{ ref('int_obligation_prices') }} as prices
        on latest.obligation_key = prices.obligation_key
        and latest.period_month = prices.period_month
    left join recognised on obligations.obligation_key = recognised.obligation_key
    left join recognised_together as together
        on obligations.obligation_key = together.cap_obligation_key
    where
        projects.psa_project_id is not null
        or latest.obligation_key is not null
        or not {{ has_role('psa') }}
)

select
    stated.obligation_key,
    stated.project_key,
    stated.project_code,
    stated.as_of_date,
    {{ period_start('periods', 'as_of_date') }} as first_month,
    stated.service_start_date,
    stated.service_end_date,
    stated.legal_entity_code,
    stated.revenue_method,
    stated.straight_line_basis,
    stated.contract_currency_code,
    stated.currency_code,
    stated.included_minutes,
    stated.fee_rate,
    stated.price_amount,
    stated.cap_amount,
    stated.cap_obligation_key,
    stated.fee_ceiling_amount,
    cast(stated.recognised_amount as decimal(18, 4)) as recognised_to_date_amount,
    cast(
        case stated.revenue_method
            when 'time_and_materials'
                then greatest(stated.price_amount - stated.recognised_amount, 0)
            when 'time_and_materials_capped'
                then
                    case
                        when stated.cap_amount is not null then greatest(
                            stated.cap_amount - stated.recognised_together_amount, 0
                        )
                    end
            when 'cost_plus' then null
            when 'none' then null
            else stated.price_amount - stated.recognised_amount
        end as decimal(18, 4)
    ) as remaining_amount
from stated
{{ join_period('periods', 'stated.legal_entity_code', 'stated.as_of_date') }}
