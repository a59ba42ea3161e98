-- Grain: one row per project and day on which anything happened, as it is known now: hours,
-- value, revenue, billing, provision, cost and what of it is put off, side by side, and what
-- of it is reported in the reporting currency at its period's average rate.
with

projects as (select * from {{ ref('dim_projects') }}),

-- Time by the day first: there are far more entries than days.
timed as (
    select
        project_key,
        work_date,
        sum(case when is_approved then worked_minutes else 0 end) as approved_minutes,
        sum(case when is_pending then worked_minutes else 0 end) as submitted_minutes,
        sum(case when is_approved then standard_value_amount else 0 end)
            as standard_value_amount
    from {{ ref('int_time_priced') }}
    group by project_key, work_date
),

stacked as (

    select
        project_key,
        work_date as activity_date,
        {{ activity_row({
            'approved_minutes': 'approved_minutes',
            'submitted_minutes': 'submitted_minutes',
            'standard_value_amount': 'standard_value_amount',
        }) }}
    from timed

    union all

    select
        project_key,
        revenue_date as activity_date,
        {{ activity_row({
            'contract_recognised_amount': 'contract_amount',
            'recognised_amount': 'recognised_amount',
            'contract_write_down_amount':
                'case when is_write_down then -contract_amount else 0 end',
            'write_down_amount':
                'case when is_write_down then -recognised_amount else 0 end',
        }) }}
    from {{ ref('fct_revenue') }}

    union all

    select
        project_key,
        invoice_date as activity_date,
        {{ activity_row({
            'contract_billed_amount': 'contract_billed_amount',
            'billed_amount': 'billed_amount',
        }) }}
    from {{ ref('int_invoices_translated') }}
    where not coalesce(is_to_come, false)

    union all

    select
        project_key,
        measured_to_date as activity_date,
        {{ activity_row({'loss_provision_amount': 'provided_amount'}) }}
    from {{ ref('fct_loss_provisions') }}
    where provided_amount != 0

    union all

    select
        project_key,
        measured_to_date as activity_date,
        {{ activity_row({'deferred_cost_amount': 'deferred_amount'}) }}
    from {{ ref('fct_deferred_costs') }}
    where deferred_amount != 0

    union all

    select
        project_key,
        cost_date as activity_date,
        {{ activity_row({
            'labour_raw_provisional_amount': 'labour_raw_provisional_amount',
            'labour_provisional_amount': 'labour_provisional_amount',
            'labour_raw_actual_amount': 'labour_raw_actual_amount',
            'labour_actual_amount': 'labour_actual_amount',
            'burden_actualisation_amount': 'burden_actualisation_amount',
            'labour_cost_amount': 'labour_cost_amount',
            'subcontractor_accrual_amount': 'subcontractor_accrual_amount',
            'subcontractor_amount': 'subcontractor_amount',
            'expense_amount': 'expense_amount',
        }) }}
    from {{ ref('fct_obligation_costs_daily') }}

),

summed as (
    select
        project_key,
        activity_date,
        {{ known_activity() }}
    from stacked
    where project_key is not null
    group by project_key, activity_date
)

select
    summed.project_key,
    projects.project_code,
    projects.legal_entity_code,
    summed.activity_date,
    {{ period_start('periods', 'summed.activity_date') }} as period_month,
    {{ week_start('summed.activity_date') }} as week_start_date,
    projects.contract_currency_code,
    projects.functional_currency_code as currency_code,
    cast(summed.approved_minutes as bigint) as approved_minutes,
    cast(summed.submitted_minutes as bigint) as submitted_minutes,
    cast(
        summed.labour_cost_amount + summed.subcontractor_amount + summed.expense_amount
        - summed.deferred_cost_amount as decimal(18, 4)
    ) as total_cost_amount,
    {{ activity_amounts('summed') }},
    {{ reported_amounts(
        'summed', 'projects.functional_currency_code', 'reporting.average_rate'
    ) }}
from summed
inner join projects on summed.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'summed.activity_date') }}
{{ join_reporting_rate(
    'reporting', 'projects.functional_currency_code', 'periods', 'summed.activity_date'
) }}
