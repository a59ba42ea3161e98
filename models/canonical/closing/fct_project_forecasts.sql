-- Grain: one row per project and month, as seen at its end: estimate at completion bottom
-- up, and by earned value, as int_project_forecasts has it; of closed periods as they were
-- published.
with

closed as (select * from {{ ref('int_closed_periods') }}),

stacked as (

    select
        forecasts.project_key,
        forecasts.period_month,
        forecasts.cost_to_date_amount,
        forecasts.etc_labour_amount,
        forecasts.etc_commitments_amount,
        forecasts.etc_expenses_amount,
        forecasts.etc_amount,
        forecasts.eac_amount,
        forecasts.bac_amount,
        forecasts.planned_value_amount,
        forecasts.earned_value_amount,
        forecasts.cpi_rate,
        forecasts.spi_rate,
        forecasts.eac_cpi_amount,
        forecasts.eac_cpi_spi_amount,
        forecasts.backlog_amount
    from {{ ref('int_project_forecasts') }} as forecasts
    inner join {{ ref('dim_projects') }} as known
        on forecasts.project_key = known.project_key
    left join closed
        on known.legal_entity_code = closed.legal_entity_code
        and forecasts.period_month = closed.period_month
    where closed.period_month is null

    union all

    select
        positions.project_key,
        positions.period_month,
        positions.cost_to_date_amount,
        positions.etc_labour_amount,
        positions.etc_commitments_amount,
        positions.etc_expenses_amount,
        positions.etc_amount,
        positions.eac_amount,
        positions.bac_amount,
        positions.planned_value_amount,
        positions.earned_value_amount,
        positions.cpi_rate,
        positions.spi_rate,
        positions.eac_cpi_amount,
        positions.eac_cpi_spi_amount,
        positions.backlog_amount
    from {{ ref('int_closed_positions') }} as positions
    inner join {{ ref('dim_projects') }} as known
        on positions.project_key = known.project_key
        and positions.legal_entity_code = known.legal_entity_code
    where positions.cost_to_date_amount is not null

)

select
    stacked.project_key,
    projects.project_code,
    stacked.period_month,
    projects.functional_currency_code as currency_code,
    stacked.cost_to_date_amount,
    stacked.etc_labour_amount,
    stacked.etc_commitments_amount,
    stacked.etc_expenses_amount,
    stacked.etc_amount,
    stacked.eac_amount,
    stacked.bac_amount,
    stacked.planned_value_amount,
    stacked.earned_value_amount,
    stacked.cpi_rate,
    stacked.spi_rate,
    stacked.eac_cpi_amount,
    stacked.eac_cpi_spi_amount,
    stacked.backlog_amount
from stacked
inner join {{ ref('dim_projects') }} as projects
    on stacked.project_key = projects.project_key
