-- Grain: one row per project and month: opening + earned - written off - billed + FX =
-- closing. A positive closing is unbilled (over-earned), a negative one deferred
-- (over-billed), both stated positive; net within a project, never across projects. In
-- the reporting currency flows are at the average rate, balances at the closing rate, and
-- the difference is the cumulative translation adjustment. The fiscal quarter and year so far
-- roll on as the period does, from what they opened with to the same closing. Cost that waits
-- for the customer's acceptance is carried beside the balance.
with

reported as (
    select
        project_key,
        period_month,
        {{ known_sum('reporting_recognised_amount + reporting_write_down_amount') }}
            as earned_amount,
        {{ known_sum('reporting_write_down_amount') }} as written_off_amount,
        {{ known_sum('reporting_billed_amount') }} as billed_amount,
        sum(deferred_cost_amount) as deferred_cost_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

translated_balances as (
    select
        balances.*,
        {{ fiscal_place('fiscal', 'balances.period_month') }},
        {{ or_nothing('reported', 'earned_amount') }} as reporting_earned_amount,
        {{ or_nothing('reported', 'written_off_amount') }} as reporting_written_off_amount,
        {{ or_nothing('reported', 'billed_amount') }} as reporting_billed_amount,
        coalesce(reported.deferred_cost_amount, 0) as deferred_cost_amount,
        {{ reported_amount(
            'balances.fx_amount', 'balances.currency_code', 'reporting.average_rate'
        ) }} as reporting_fx_amount,
        {{ reported_amount(
            'balances.closing_amount', 'balances.currency_code', 'reporting.closing_rate'
        ) }} as reporting_closing_amount
    from {{ ref('fct_contract_balances_monthly') }} as balances
    left join reported
        on balances.project_key = reported.project_key
        and balances.period_month = reported.period_month
    left join {{ ref('dim_projects') }} as dim_projects
        on balances.project_key = dim_projects.project_key
    left join {{ ref('dim_periods') }} as fiscal
        on dim_projects.legal_entity_code = fiscal.legal_entity_code
        and balances.period_month = fiscal.period_month
    {{ join_period('periods', 'dim_projects.legal_entity_code', 'balances.period_month') }}
    {{ join_reporting_rate(
        'reporting', 'balances.currency_code', 'periods', 'balances.period_month'
    ) }}
),

rolled as (
    select
        *,
        lag(reporting_closing_amount, 1, 0) over (
            partition by project_key order by period_month nulls last
        ) as reporting_opening_amount,
        sum(deferred_cost_amount) over (
            partition by project_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as carried_cost_amount,
        first_value(opening_amount) over quarter_so_far as quarter_opening_amount,
        first_value(opening_amount) over year_so_far as year_opening_amount,
        {{ to_date_amounts({
            'earned': 'earned_amount',
            'written_off': 'written_off_amount',
            'billed': 'billed_amount',
            'fx': 'fx_amount',
        }) }}
    from translated_balances
    window {{ so_far(['project_key'], 'translated_balances') }}
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
    rolled.period_month,
    rolled.fiscal_year,
    rolled.quarter_no,
    rolled.period_no,
    projects.currency_code,
    rolled.opening_amount,
    rolled.earned_amount,
    rolled.written_off_amount,
    rolled.billed_amount,
    rolled.fx_amount,
    rolled.closing_amount,
    rolled.recognised_to_date_amount as earned_to_date_amount,
    rolled.billed_to_date_amount,
    cast(greatest(rolled.closing_amount, 0) as decimal(18, 4)) as unbilled_amount,
    cast(greatest(-rolled.closing_amount, 0) as decimal(18, 4)) as deferred_amount,
    cast(rolled.carried_cost_amount as decimal(18, 4)) as carried_cost_amount,
    rolled.quarter_opening_amount,
    rolled.quarter_to_date_earned_amount,
    rolled.quarter_to_date_written_off_amount,
    rolled.quarter_to_date_billed_amount,
    rolled.quarter_to_date_fx_amount,
    rolled.year_opening_amount,
    rolled.year_to_date_earned_amount,
    rolled.year_to_date_written_off_amount,
    rolled.year_to_date_billed_amount,
    rolled.year_to_date_fx_amount,
    rolled.contract_currency_code,
    rolled.contract_closing_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast(rolled.reporting_opening_amount as decimal(18, 4)) as reporting_opening_amount,
    cast(rolled.reporting_earned_amount as decimal(18, 4)) as reporting_earned_amount,
    cast(rolled.reporting_written_off_amount as decimal(18, 4))
        as reporting_written_off_amount,
    cast(rolled.reporting_billed_amount as decimal(18, 4)) as reporting_billed_amount,
    cast(rolled.reporting_fx_amount as decimal(18, 4)) as reporting_fx_amount,
    cast(
        rolled.reporting_closing_amount - rolled.reporting_opening_amount
        - rolled.reporting_earned_amount + rolled.reporting_written_off_amount
        + rolled.reporting_billed_amount - rolled.reporting_fx_amount as decimal(18, 4)
    ) as translation_adjustment_amount,
    cast(rolled.reporting_closing_amount as decimal(18, 4)) as reporting_closing_amount
from rolled
inner join {{ ref('int_projects_labelled') }} as projects
    on rolled.project_key = projects.project_key
