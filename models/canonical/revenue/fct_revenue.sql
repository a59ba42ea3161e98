-- Grain: one row per obligation and thing that earned on a day: a time entry, an expense,
-- a milestone, a discount, or a day's share of a month that is measured cumulatively. The
-- month is spread over its days by their cost, in contract currency, and each day is
-- translated at its own rate; a month without cost earns on its last day.
with

obligations as (select * from {{ ref('dim_obligations') }}),

months as (select * from {{ ref('int_obligation_months') }}),

monthly as (

    select
        obligation_key,
        period_month,
        recognised_amount
    from {{ ref('fct_revenue_over_time') }}

    union all

    select
        obligation_key,
        period_month,
        recognised_amount
    from {{ ref('fct_revenue_capped') }}

    union all

    select
        obligation_key,
        period_month,
        recognised_amount
    from {{ ref('fct_revenue_cost_plus') }}

),

earning as (
    select
        monthly.obligation_key,
        monthly.period_month,
        monthly.recognised_amount,
        months.contract_currency_code,
        months.measured_to_date
    from monthly
    inner join months
        on monthly.obligation_key = months.obligation_key
        and monthly.period_month = months.period_month
    where monthly.recognised_amount != 0
),

cost_days as (
    select
        earning.obligation_key,
        earning.period_month,
        earning.recognised_amount,
        earning.contract_currency_code,
        daily_costs.cost_date,
        {{ whole_weight('daily_costs.total_cost_amount') }} as cost_weight
    from earning
    inner join {{ ref('fct_obligation_costs_daily') }} as daily_costs
        on earning.obligation_key = daily_costs.obligation_key
        and earning.period_month = daily_costs.period_month
    where daily_costs.total_cost_amount > 0
),

allocated as (
    {{ allocate_amount(
        'cost_days', key=['obligation_key', 'period_month'], amount='recognised_amount',
        weight='cost_weight', ties=['cost_date'], currency='contract_currency_code'
    ) }}
),

months_with_cost as (
    select distinct
        obligation_key,
        period_month
    from cost_days
),

measured as (

    select
        obligation_key,
        cost_date as revenue_date,
        'month:' || cast(period_month as varchar) as source_id,
        allocated_amount as contract_amount
    from allocated
    where allocated_amount != 0

    union all

    select
        earning.obligation_key,
        earning.measured_to_date as revenue_date,
        'month:' || cast(earning.period_month as varchar) as source_id,
        earning.recognised_amount as contract_amount
    from earning
    left join months_with_cost
        on earning.obligation_key = months_with_cost.obligation_key
        and earning.period_month = months_with_cost.period_month
    where months_with_cost.obligation_key is null

),

stacked as (

    select * from {{ ref('int_revenue_time_and_materials') }}

    union all

    select * from {{ ref('int_revenue_recharges') }}

    union all

    select
        obligation_key,
        revenue_date,
        source_id,
        source_key,
        contract_amount,
        recognised_amount
    from {{ ref('int_revenue_milestone') }}
    where contract_amount != 0

    union all

    select
        obligation_key,
        write_down_date as revenue_date,
        'write_down:' || invoice_item_id as source_id,
        write_down_key as source_key,
        -contract_amount as contract_amount,
        -write_down_amount as recognised_amount
    from {{ ref('fct_write_downs') }}
    where obligation_key is not null

    union all

    select
        measured.obligation_key,
        measured.revenue_date,
        measured.source_id,
        cast(null as varchar) as source_key,
        measured.contract_amount,
        {{ translated(
            'measured.contract_amount', 'obligations.contract_currency_code',
            'obligations.currency_code', 'fx_rates.fx_rate'
        ) }} as recognised_amount
    from measured
    inner join obligations on measured.obligation_key = obligations.obligation_key
    {{ join_fx_rate(
        'fx_rates', 'obligations.contract_currency_code', 'obligations.currency_code',
        'measured.revenue_date'
    ) }}

)

select
    {{ entity_key('revenue', [
        'obligations.project_code', 'obligations.obligation_code', 'stacked.source_id',
        'stacked.revenue_date'
    ]) }} as revenue_key,
    stacked.obligation_key,
    obligations.project_key,
    obligations.project_code,
    obligations.legal_entity_code,
    obligations.revenue_method,
    stacked.revenue_date,
    {{ period_start('periods', 'stacked.revenue_date') }} as period_month,
    {{ week_start('stacked.revenue_date') }} as week_start_date,
    obligations.contract_currency_code,
    cast(stacked.contract_amount as decimal(18, 4)) as contract_amount,
    obligations.currency_code,
    cast(stacked.recognised_amount as decimal(18, 4)) as recognised_amount,
    stacked.source_id,
    stacked.source_key,
    stacked.source_id like 'write_down:%' as is_write_down,
    stacked.source_id like 'expense_line:%' as is_recharge
from stacked
inner join obligations on stacked.obligation_key = obligations.obligation_key
{{ join_period('periods', 'obligations.legal_entity_code', 'stacked.revenue_date') }}
