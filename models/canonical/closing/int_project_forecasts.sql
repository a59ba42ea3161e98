-- Grain: one row per project and month, as seen at its end: estimate at completion bottom
-- up, and by earned value. Budget at completion (BAC) = all planned labour + expense
-- budget + goods ordered; planned value = BAC x planned labour to date / planned labour;
-- earned value = BAC x approved / (approved + scheduled) minutes. CPI = EV / cost, SPI =
-- EV / PV; EAC = BAC / CPI, or cost + (BAC - EV) / (CPI x SPI). The indices are rounded to
-- be shown, not to be divided by: BAC / CPI is cost x all minutes / approved minutes.
with

positions as (
    select
        project_key,
        project_code,
        period_month,
        measured_to_date,
        currency_code,
        cast(sum(approved_minutes) as decimal(20, 4)) as approved_minutes,
        cast(sum(scheduled_minutes) as decimal(20, 4)) as scheduled_minutes,
        cast(sum(cost_to_date_amount) as decimal(20, 4)) as cost_to_date_amount,
        sum(etc_labour_amount) as etc_labour_amount,
        sum(etc_commitments_amount) as etc_commitments_amount,
        sum(etc_expenses_amount) as etc_expenses_amount,
        sum(etc_amount) as etc_amount,
        cast(sum(planned_labour_amount) as decimal(20, 4)) as planned_labour_amount,
        cast(sum(planned_labour_to_date_amount) as decimal(20, 4)) as planned_labour_to_date_amount,
        cast(
            sum(planned_labour_amount) + sum(ordered_amount) + sum(expense_budget_amount)
            as decimal(20, 4)
        ) as bac_amount
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

measured as (
    select
        positions.*,
        backlogs.backlog_amount,
        positions.approved_minutes + positions.scheduled_minutes as all_minutes,
        case when positions.bac_amount != 0 then 1 end as has_budget
    from positions
    left join backlogs
        on positions.project_key = backlogs.project_key
        and positions.period_month = backlogs.period_month
),

valued as (
    select
        *,
        {{ amount_ratio('bac_amount * approved_minutes', 'all_minutes', 'currency_code') }}
            as earned_value_amount,
        {{ amount_ratio(
            'bac_amount * planned_labour_to_date_amount', 'planned_labour_amount',
            'currency_code'
        ) }} as planned_value_amount,
        has_budget
        * {{ ratio('bac_amount * approved_minutes', 'cost_to_date_amount * all_minutes', 6) }}
            as cpi_rate,
        has_budget * {{ ratio(
            'approved_minutes * planned_labour_amount',
            'all_minutes * planned_labour_to_date_amount', 6
        ) }} as spi_rate,
        case
            when cost_to_date_amount != 0
                then has_budget * {{ amount_ratio(
                    'cost_to_date_amount * all_minutes', 'approved_minutes', 'currency_code'
                ) }}
        end as eac_cpi_amount,
        -- (BAC - EV) / (CPI x SPI) = cost x the part of the plan that was due
        -- x minutes left x all minutes / approved minutes squared
        case
            when cost_to_date_amount != 0 and planned_labour_to_date_amount != 0
                then has_budget * {{ rounded_amount([
                    'cost_to_date_amount',
                    ratio(
                        'planned_labour_to_date_amount * '
                        ~ ratio(
                            'scheduled_minutes * all_minutes',
                            'approved_minutes * approved_minutes', 12
                        ),
                        'planned_labour_amount', 12
                    )
                ], minor_units('currency_code')) }}
        end as etc_cpi_spi_amount
    from measured
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
    cast(eac_cpi_amount as decimal(18, 4)) as eac_cpi_amount,
    cast(cost_to_date_amount + etc_cpi_spi_amount as decimal(18, 4)) as eac_cpi_spi_amount,
    cast(backlog_amount as decimal(18, 4)) as backlog_amount
from valued
