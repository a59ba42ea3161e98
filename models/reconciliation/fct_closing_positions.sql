-- Grain: one row per legal entity and period that is published as closed for the first time,
-- for the entity itself (without a project) and each of its projects: what is estimated,
-- owed and lacking at its end, to be kept.
with

closing as (select * from {{ ref('int_closing_periods') }}),

incomplete as (select * from {{ ref('fct_margins_incomplete') }})

select
    closing.legal_entity_code,
    closing.period_month,
    closing.period_end_date,
    closing.currency_code,
    true as is_whole,
    cast(null as varchar) as project_key,
    incomplete.reason as incomplete_reason,
    cast(null as varchar) as contract_currency_code,
    cast(null as decimal(18, 4)) as cost_to_date_amount,
    cast(null as decimal(18, 4)) as etc_labour_amount,
    cast(null as decimal(18, 4)) as etc_commitments_amount,
    cast(null as decimal(18, 4)) as etc_expenses_amount,
    cast(null as decimal(18, 4)) as etc_amount,
    cast(null as decimal(18, 4)) as eac_amount,
    cast(null as decimal(18, 4)) as bac_amount,
    cast(null as decimal(18, 4)) as planned_value_amount,
    cast(null as decimal(18, 4)) as earned_value_amount,
    cast(null as decimal(18, 6)) as cpi_rate,
    cast(null as decimal(18, 6)) as spi_rate,
    cast(null as decimal(18, 4)) as eac_cpi_amount,
    cast(null as decimal(18, 4)) as eac_cpi_spi_amount,
    cast(null as decimal(18, 4)) as backlog_amount,
    cast(null as decimal(18, 4)) as closing_amount
from closing
left join incomplete
    on closing.legal_entity_code = incomplete.legal_entity_code
    and closing.period_month = incomplete.period_month
    and incomplete.project_key is null

union all

select
    closing.legal_entity_code,
    closing.period_month,
    closing.period_end_date,
    closing.currency_code,
    true as is_whole,
    projects.project_key,
    incomplete.reason as incomplete_reason,
    projects.contract_currency_code,
    estimates.cost_to_date_amount,
    estimates.etc_labour_amount,
    estimates.etc_commitments_amount,
    estimates.etc_expenses_amount,
    estimates.etc_amount,
    estimates.eac_amount,
    estimates.bac_amount,
    estimates.planned_value_amount,
    estimates.earned_value_amount,
    estimates.cpi_rate,
    estimates.spi_rate,
    estimates.eac_cpi_amount,
    estimates.eac_cpi_spi_amount,
    estimates.backlog_amount,
    balances.closing_amount
from closing
inner join {{ ref('dim_projects') }} as projects
    on closing.legal_entity_code = projects.legal_entity_code
inner join {{ ref('int_project_periods') }} as periods
    on projects.project_key = periods.project_key
    and closing.period_month = periods.period_month
left join {{ ref('fct_project_forecasts') }} as estimates
    on projects.project_key = estimates.project_key
    and closing.period_month = estimates.period_month
left join {{ ref('fct_contract_balances_monthly') }} as balances
    on projects.project_key = balances.project_key
    and closing.period_month = balances.period_month
left join incomplete
    on projects.project_key = incomplete.project_key
    and closing.period_month = incomplete.period_month
