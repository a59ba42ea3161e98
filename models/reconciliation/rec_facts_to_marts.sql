-- Control I13. Grain: one row per margin mart, measure and currency: the total of the
-- canonical facts, less what waits for an open period, on the left, the total of the mart on
-- the right. A difference is a fault of this build, so it blocks publication.
with

marts as (
    select 'mart_project_margin_monthly' as mart
    union all
    select 'mart_project_margin_weekly' as mart
),

waiting as (
    {{ waiting_differences() }}
),

facts as (

    select
        'total_cost_amount' as measure,
        currency_code,
        cost_amount as amount
    from {{ ref('fct_labour_costs') }}
    where project_key is not null

    union all

    select
        'total_cost_amount' as measure,
        currency_code,
        cost_amount as amount
    from {{ ref('fct_subcontractor_costs') }}
    where project_key is not null

    union all

    select
        'total_cost_amount' as measure,
        currency_code,
        cost_amount as amount
    from {{ ref('fct_purchase_costs') }}

    union all

    select
        'total_cost_amount' as measure,
        currency_code,
        cost_amount as amount
    from {{ ref('fct_expense_costs') }}

    union all

    select
        'total_cost_amount' as measure,
        currency_code,
        -deferred_amount as amount
    from {{ ref('fct_deferred_costs') }}

    union all

    select
        'loss_provision_amount' as measure,
        currency_code,
        provided_amount as amount
    from {{ ref('fct_loss_provisions') }}

    union all

    select
        'recognised_revenue_amount' as measure,
        currency_code,
        recognised_amount as amount
    from {{ ref('fct_revenue') }}

    union all

    select
        'billed_amount' as measure,
        currency_code,
        billed_amount as amount
    from {{ ref('int_invoices_translated') }}
    where project_key is not null and not coalesce(is_to_come, false)

    union all

    select
        'standard_value_amount' as measure,
        currency_code,
        standard_value_amount as amount
    from {{ ref('fct_time_values') }}
    {% for measure, amount in {
        'total_cost_amount': 'total_cost_amount',
        'loss_provision_amount': 'loss_provision_amount',
        'recognised_revenue_amount': 'recognised_amount',
        'billed_amount': 'billed_amount',
        'standard_value_amount': 'standard_value_amount',
    }.items() %}
        union all

        select
            '{{ measure }}' as measure,
            currency_code,
            -{{ amount }} as amount
        from waiting
    {% endfor %}
),

fact_totals as (
    select
        measure,
        currency_code,
        coalesce(sum(amount), 0) as amount
    from facts
    group by measure, currency_code
),

measures as (select distinct measure from fact_totals),

mart_totals as (

    select
        'mart_project_margin_monthly' as mart,
        currency_code,
        sum(total_cost_amount) as total_cost_amount,
        sum(recognised_revenue_amount) as recognised_revenue_amount,
        sum(billed_amount) as billed_amount,
        sum(standard_value_amount) as standard_value_amount,
        sum(loss_provision_amount) as loss_provision_amount
    from {{ ref('mart_project_margin_monthly') }}
    group by currency_code

    union all

    select
        'mart_project_margin_weekly' as mart,
        currency_code,
        sum(total_cost_amount) as total_cost_amount,
        sum(recognised_revenue_amount) as recognised_revenue_amount,
        sum(billed_amount) as billed_amount,
        sum(standard_value_amount) as standard_value_amount,
        sum(loss_provision_amount) as loss_provision_amount
    from {{ ref('mart_project_margin_weekly') }}
    group by currency_code

),

stacked as (

    select
        marts.mart,
        fact_totals.measure,
        fact_totals.currency_code,
        fact_totals.amount as left_amount,
        0 as right_amount
    from fact_totals
    cross join marts

    union all

    select
        mart_totals.mart,
        measures.measure,
        mart_totals.currency_code,
        0 as left_amount,
        case measures.measure
            when 'total_cost_amount' then mart_totals.total_cost_amount
            when 'recognised_revenue_amount' then mart_totals.recognised_revenue_amount
            when 'billed_amount' then mart_totals.billed_amount
            when 'standard_value_amount' then mart_totals.standard_value_amount
            when 'loss_provision_amount' then mart_totals.loss_provision_amount
        end as right_amount
    from mart_totals
    cross join measures

),

summed as (
    select
        mart,
        measure,
        currency_code,
        sum(left_amount) as left_amount,
        sum(right_amount) as right_amount
    from stacked
    group by mart, measure, currency_code
)

select
    cast('I13' as varchar) as control_id,
    summed.mart || '.' || summed.measure || '|' || coalesce(summed.currency_code, '')
        as difference_key,
    cast(null as varchar) as legal_entity_code,
    cast(null as date) as period_month,
    cast(null as varchar) as project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('control_policies') }} as policies on policies.control_id = 'I13'
