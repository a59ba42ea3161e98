-- Grain: one row per project and fiscal period of its entity, as seen at its end: three
-- margins side by side (contracted: what is signed less cost at completion; recognised and
-- billed: to date, less cost to date), and the cost at completion as the plan, the cost so
-- far (CPI, and CPI x SPI) and the manager's percentage say. What is signed is what was
-- earned to date and the backlog: nothing where work is sold by time without a cap.
with

activity as (
    select
        project_key,
        period_month,
        sum(recognised_amount) as recognised_amount,
        sum(billed_amount) as billed_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

to_date as (
    select
        months.project_key,
        months.period_month,
        months.measured_to_date,
        sum(coalesce(activity.recognised_amount, 0)) over so_far as recognised_to_date_amount,
        sum(coalesce(activity.billed_amount, 0)) over so_far as billed_to_date_amount
    from {{ ref('int_project_periods') }} as months
    left join activity
        on months.project_key = activity.project_key
        and months.period_month = activity.period_month
    window so_far as (
        partition by months.project_key
        order by months.period_month nulls last
        rows between unbounded preceding and current row
    )
),

estimated as (
    select
        to_date.*,
        forecasts.cost_to_date_amount,
        forecasts.etc_amount,
        forecasts.eac_amount,
        forecasts.eac_cpi_amount,
        forecasts.eac_cpi_spi_amount,
        entered.progress_rate,
        entered.stated_date,
        to_date.recognised_to_date_amount + forecasts.backlog_amount as contract_value_amount
    from to_date
    left join {{ ref('fct_project_forecasts') }} as forecasts
        on to_date.project_key = forecasts.project_key
        and to_date.period_month = forecasts.period_month
    left join {{ ref('int_entered_estimates') }} as entered
        on to_date.project_key = entered.project_key
        and to_date.period_month = entered.period_month
),

compared as (
    select
        *,
        contract_value_amount - eac_amount as contracted_margin_amount,
        recognised_to_date_amount - cost_to_date_amount as recognised_margin_amount,
        billed_to_date_amount - cost_to_date_amount as billed_margin_amount
    from estimated
)

select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    projects.practice_code,
    projects.practice_name,
    projects.service_line,
    projects.legal_entity_code,
    projects.region,
    projects.contract_type,
    projects.revenue_method,
    projects.manager_name,
    compared.period_month,
    compared.measured_to_date,
    projects.currency_code,
    cast(compared.contract_value_amount as decimal(18, 4)) as contract_value_amount,
    cast(compared.recognised_to_date_amount as decimal(18, 4)) as recognised_to_date_amount,
    cast(compared.billed_to_date_amount as decimal(18, 4)) as billed_to_date_amount,
    compared.cost_to_date_amount,
    compared.etc_amount,
    compared.eac_amount,
    compared.eac_cpi_amount,
    compared.eac_cpi_spi_amount,
    cast({{ amount_ratio(
        'compared.cost_to_date_amount', 'compared.progress_rate', 'projects.currency_code'
    ) }} as decimal(18, 4)) as eac_entered_amount,
    compared.progress_rate as entered_progress_rate,
    compared.stated_date as entered_date,
    cast(compared.contracted_margin_amount as decimal(18, 4)) as contracted_margin_amount,
    cast(compared.recognised_margin_amount as decimal(18, 4)) as recognised_margin_amount,
    cast(compared.billed_margin_amount as decimal(18, 4)) as billed_margin_amount,
    cast({{ ratio(
        'compared.contracted_margin_amount', 'compared.contract_value_amount', 6
    ) }} as decimal(18, 6)) as contracted_margin_rate,
    cast({{ ratio(
        'compared.recognised_margin_amount', 'compared.recognised_to_date_amount', 6
    ) }} as decimal(18, 6)) as recognised_margin_rate,
    cast({{ ratio(
        'compared.billed_margin_amount', 'compared.billed_to_date_amount', 6
    ) }} as decimal(18, 6)) as billed_margin_rate
from compared
inner join {{ ref('int_projects_labelled') }} as projects
    on compared.project_key = projects.project_key
