-- Grain: one row per project and period whose margin, as it is known now, is not complete,
-- and per legal entity and period that lacks what is on no project. A record that the
-- margin would need is an exception; at standard cost a contractor's bill lacks too that no
-- approved hours explain, which no standard rate can cost and at actual cost is a cost. Of a
-- project whose terms nobody states, or one of whose records says no day, no period is; of
-- one whose price or estimate lacks something from a day on, none that has that day or comes
-- after it. Where revenue or a provision follows from what was estimated or spent to date, so
-- are the later periods that have any.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

estimated as (
    select distinct project_key
    from {{ ref('dim_obligations') }}
    where revenue_method not in ('time_and_materials', 'cost_plus', 'none')
),

lacking as (

    select
        project_key,
        cast(null as varchar) as legal_entity_code,
        period_month,
        'bill_without_hours' as reason
    from {{ ref('int_bills_without_hours') }}
    where (select basis.cost_basis from basis) = 'standard'

    union all

    select
        found.project_key,
        found.legal_entity_code,
        found.period_month,
        found.kind as reason
    from {{ ref('int_exceptions') }} as found
    inner join {{ ref('exception_policies') }} as policies
        on found.kind = policies.kind
        and policies.severity = 'high'
    where
        found.period_month is not null
        and (found.project_key is not null or found.legal_entity_code is not null)

    union all

    select
        months.project_key,
        cast(null as varchar) as legal_entity_code,
        months.period_month,
        undated.kind as reason
    from {{ ref('int_records_lacking') }} as undated
    inner join {{ ref('int_project_months') }} as months
        on undated.project_key = months.project_key
    where undated.period_month is null

    union all

    select
        months.project_key,
        cast(null as varchar) as legal_entity_code,
        months.period_month,
        'missing_sold_terms' as reason
    from {{ ref('int_project_months') }} as months
    inner join {{ ref('dim_projects_unmeasured') }} as unmeasured
        on months.project_key = unmeasured.project_key
        and unmeasured.absence_reason = 'no contract terms'

    union all

    select
        found.project_key,
        cast(null as varchar) as legal_entity_code,
        months.period_month,
        found.kind as reason
    from {{ ref('int_exceptions') }} as found
    inner join estimated on found.project_key = estimated.project_key
    inner join {{ ref('int_project_months') }} as months
        on found.project_key = months.project_key
        and (
            found.kind = 'missing_exchange_rate' or found.since <= months.measured_to_date
        )
    where
        found.period_month is null
        and found.kind in (
            'change_without_terms', 'contract_currency_without_rate', 'deal_line_without_price',
            'deal_without_currency', 'order_without_value', 'missing_exchange_rate'
        )

),

first_lacking as (
    select
        project_key,
        min(period_month) as first_month,
        min_by(reason, cast(period_month as varchar) || reason) as reason
    from lacking
    -- a period's rate to the reporting currency is for that period
    where project_key is not null and reason != 'missing_reporting_rate'
    group by project_key
),

stacked as (

    select * from lacking

    union all

    select
        first_lacking.project_key,
        cast(null as varchar) as legal_entity_code,
        daily.period_month,
        'earlier_' || first_lacking.reason as reason
    from first_lacking
    inner join {{ ref('int_project_activity_daily') }} as daily
        on first_lacking.project_key = daily.project_key
        and first_lacking.first_month < daily.period_month
    inner join estimated on first_lacking.project_key = estimated.project_key
    where
        daily.recognised_amount != 0 or daily.loss_provision_amount != 0

),

placed as (
    select
        stacked.project_key,
        projects.project_code,
        case
            when stacked.project_key is null then stacked.legal_entity_code
            else projects.legal_entity_code
        end as legal_entity_code,
        stacked.period_month,
        stacked.reason,
        stacked.reason like 'earlier_%' as is_earlier
    from stacked
    left join {{ ref('dim_projects') }} as projects
        on stacked.project_key = projects.project_key
)

select
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    -- what lacks in the period itself is told before what lacked earlier
    coalesce(min(case when not is_earlier then reason end), min(reason)) as reason
from placed
group by project_key, project_code, legal_entity_code, period_month
