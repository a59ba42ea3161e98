-- Grain: one row per obligation measured by progress and month, in contract currency:
-- progress x transaction price to date. A catch-up modification restates progress to
-- date at the new price; a prospective one leaves what was recognised on its eve and spreads
-- what is left over the work that is left (ASC 606-10-25-13). What is bought for the customer
-- within the price earns its cost, and progress the rest of the price. Segments follow each
-- other, so each begins with what the one before it had recognised. Without an estimate what
-- it cost is earned, up to the price; the estimate catches up.
with recursive

progress as (

    select * from {{ ref('int_progress_cost_to_cost') }}

    union all

    select * from {{ ref('int_progress_effort') }}

    union all

    select * from {{ ref('int_progress_straight_line') }}

    union all

    select * from {{ ref('int_progress_completed_contract') }}

    union all

    select * from {{ ref('int_progress_percent_entered') }}

    union all

    -- of which nobody has said anything yet
    select
        lacking.obligation_key,
        lacking.period_month,
        0 as done_quantity,
        0 as total_quantity
    from {{ ref('int_cost_to_recover') }} as lacking
    inner join {{ ref('int_obligation_months') }} as terms
        on lacking.obligation_key = terms.obligation_key
        and lacking.period_month = terms.period_month
    where terms.revenue_method = 'percent_entered'

),

months as (
    select
        terms.obligation_key,
        terms.project_key,
        terms.period_month,
        terms.segment_date,
        lead(terms.period_month) over (
            partition by terms.obligation_key order by terms.period_month nulls last
        ) as next_month,
        terms.contract_currency_code,
        prices.price_amount - prices.passed_amount as price_amount,
        prices.passed_to_date_amount,
        prices.passed_amount,
        progress.done_quantity,
        coalesce(lacking.total_quantity, progress.total_quantity) as total_quantity,
        lacking.cost_to_recover_amount,
        coalesce(lacking.basis, 'estimate') as basis
    from {{ ref('int_obligation_months') }} as terms
    inner join progress
        on terms.obligation_key = progress.obligation_key
        and terms.period_month = progress.period_month
    left join {{ ref('int_cost_to_recover') }} as lacking
        on terms.obligation_key = lacking.obligation_key
        and terms.period_month = lacking.period_month
    inner join {{ ref('int_obligation_prices') }} as prices
        on terms.obligation_key = prices.obligation_key
        and terms.period_month = prices.period_month
    where prices.price_amount is not null
),

eves as (
    select
        begun.obligation_key,
        begun.segment_date,
        row_number() over (
            partition by begun.obligation_key order by begun.segment_date nulls last
        ) as segment_number,
        coalesce(
            earlier.price_amount + begun.changed_in_month_amount, begun.eve_price_amount
        ) as price_amount,
        coalesce(on_eves.done_quantity, earlier.done_quantity) as done_quantity,
        coalesce(on_eves.total_quantity, earlier.total_quantity) as total_quantity,
        coalesce(on_eves.base_done_quantity, earlier.done_quantity) as base_done_quantity,
        earlier.cost_to_recover_amount
    from {{ ref('int_contract_segments') }} as begun
    left join months as earlier
        on begun.obligation_key = earlier.obligation_key
        and begun.period_month = earlier.next_month
    left join {{ ref('int_progress_on_eves') }} as on_eves
        on begun.obligation_key = on_eves.obligation_key
        and begun.segment_date = on_eves.segment_date
),

segments as (

    select distinct
        obligation_key,
        contract_currency_code,
        cast(0 as bigint) as segment_number,
        cast(null as date) as segment_date,
        cast(0 as decimal(18, 4)) as base_done_quantity,
        cast(0 as decimal(18, 4)) as base_amount
    from months

    union all

    select
        eves.obligation_key,
        segments.contract_currency_code,
        eves.segment_number,
        eves.segment_date,
        cast(coalesce(eves.base_done_quantity, 0) as decimal(18, 4)) as base_done_quantity,
        cast(
            coalesce(
                case
                    when eves.cost_to_recover_amount is not null
                        then least(eves.price_amount, eves.cost_to_recover_amount)
                    else {{ recognised_to_date(
                        'eves.price_amount', 'eves.done_quantity', 'eves.total_quantity',
                        'segments.base_done_quantity', 'segments.base_amount',
                        'segments.contract_currency_code'
                    ) }}
                end, 0
            ) as decimal(18, 4)
        ) as base_amount
    from segments
    inner join eves
        on segments.obligation_key = eves.obligation_key
        and segments.segment_number + 1 = eves.segment_number

),

recognised as (
    select
        months.*,
        segments.base_done_quantity,
        segments.base_amount,
        {{ progress_since(
            'months.done_quantity', 'months.total_quantity', 'segments.base_done_quantity'
        ) }} as progress_rate,
        cast(
            case
                when months.cost_to_recover_amount is not null
                    then least(
                        months.price_amount + months.passed_amount,
                        months.cost_to_recover_amount
                    )
                else {{ recognised_to_date(
                    'months.price_amount', 'months.done_quantity', 'months.total_quantity',
                    'segments.base_done_quantity', 'segments.base_amount',
                    'months.contract_currency_code'
                ) }} + months.passed_to_date_amount
            end as decimal(18, 4)
        ) as cumulative_amount
    from months
    inner join segments
        on months.obligation_key = segments.obligation_key
        and months.segment_date is not distinct from segments.segment_date
)

select
    obligation_key,
    project_key,
    period_month,
    contract_currency_code,
    cast(price_amount + passed_amount as decimal(18, 4)) as price_amount,
    basis,
    passed_to_date_amount,
    done_quantity,
    total_quantity,
    base_done_quantity,
    base_amount,
    cast(
        case
            when basis != 'cost_recovery' then progress_rate
            when price_amount + passed_amount = 0 then 0
            else {{ ratio('cumulative_amount', '(price_amount + passed_amount)') }}
        end as decimal(18, 10)
    ) as progress_rate,
    cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by obligation_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from recognised
