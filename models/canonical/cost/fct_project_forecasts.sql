-- Grain: one row per project and month, as seen at its end: estimate at completion bottom
-- up, and by earned value. Budget at completion (BAC) = all planned labour + expense
-- budget + goods ordered; planned value = BAC x planned labour to date / planned labour;
-- earned value = BAC x approved / (approved + scheduled) minutes. CPI = EV / cost, SPI =
-- EV / PV; EAC = BAC / CPI, or cost + (BAC - EV) / (CPI x SPI).
with

positions as (
    select
        project_key,
        project_code,
        period_month,
        measured_to_date,
        currency_code,
        sum(approved_minutes) as approved_minutes,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(cost_to_date_amount) as cost_to_date_amount,
        sum(etc_labour_amount) as etc_labour_amount,
        sum(etc_commitments_amount) as etc_commitments_amount,
        sum(etc_expenses_amount) as etc_expenses_amount,
        sum(etc_amount) as etc_amount,
        sum(planned_labour_amount) as planned_labour_amount,
        sum(planned_labour_to_date_amount) as planned_labour_to_date_amount,
        sum(planned_labour_amount) + sum(ordered_amount) + sum(expense_budget_amount)
            as bac_amount
    from {{ ref('fct_obligation_positions') }}
    group by project_key, project_code, period_month, measured_to_date, currency_code
),

backlogs as (
    select
        project_key,
        period_month,
        sum(backlog_amount) as backlog_amount
    from {{ ref('fct_backlog_monthly') }}
    group by project_key, period_month
),

valued as (
    select
        positions.*,
        backlogs.backlog_amount,
        {{ round_money(
            'cast(positions.bac_amount as decimal(20, 4)) * '
            ~ ratio('positions.approved_minutes',
                'positions.approved_minutes + positions.scheduled_minutes'),
            'positions.currency_code'
        ) }} as earned_value_amount,
        {{ round_money(
            'cast(positions.bac_amount as decimal(20, 4)) * '
            ~ ratio('positions.planned_labour_to_date_amount',
                'positions.planned_labour_amount'),
            'positions.currency_code'
        ) }} as planned_value_amount
    from positions
    left join backlogs
        on positions.project_key = backlogs.project_key
        and positions.period_month = backlogs.period_month
),

indexed as (
    select
        *,
        {{ ratio('earned_value_amount', 'cost_to_date_amount', 6) }} as cpi_rate,
        {{ ratio('earned_value_amount', 'planned_value_amount', 6) }} as spi_rate
    from valued
)

select
    project_key,
    project_code,
    period_month,
    currency_code,
    cast(cost_to_date_amount as decimal(18, 4)) as cost_to_date_amount,
    cast(etc_labour_amount as decimal(18, 4)) as etc_labour_amount,
    cast(etc_commitments_amount as decimal(18, 4)) as etc_commitments_amount,
    cast(etc_expenses_amount as decimal(18, 4)) as etc_expenses_amount,
    cast(etc_amount as decimal(18, 4)) as etc_amount,
    cast(cost_to_date_amount + etc_amount as decimal(18, 4)) as eac_amount,
    cast(bac_amount as decimal(18, 4)) as bac_amount,
    cast(planned_value_amount as decimal(18, 4)) as planned_value_amount,
    cast(earned_value_amount as decimal(18, 4)) as earned_value_amount,
    cast(cpi_rate as decimal(18, 6)) as cpi_rate,
    cast(spi_rate as decimal(18, 6)) as spi_rate,
    {{ amount_ratio('bac_amount', 'cpi_rate', 'currency_code') }} as eac_cpi_amount,
    cast(
        cost_to_date_amount
        + {{ amount_ratio(
            'bac_amount - earned_value_amount',
            'cast(round(cpi_rate * spi_rate, 6) as decimal(18, 6))', 'currency_code'
        ) }} as decimal(18, 4)
    ) as eac_cpi_spi_amount,
    cast(backlog_amount as decimal(18, 4)) as backlog_amount
from indexed
