-- Grain: one row per legal entity, practice and month: what a region hands over to the
-- group, before cells of few people are folded. Money is what the projects of the entity
-- and practice earned, cost and have on the balance; minutes are those of the employees
-- who belong there. Neither is split further: labour alone beside all cost would give
-- away, as the difference, what a single contractor is paid.
with

stacked as (

    select
        legal_entity_code,
        practice_code,
        period_month,
        currency_code,
        recognised_revenue_amount,
        total_cost_amount,
        margin_amount,
        0 as unbilled_amount,
        0 as deferred_amount,
        reporting_revenue_amount,
        reporting_total_cost_amount,
        reporting_margin_amount,
        0 as reporting_unbilled_amount,
        0 as reporting_deferred_amount,
        case when reporting_margin_amount is null then 1 else 0 end as untranslated_count,
        0 as approved_minutes,
        0 as billable_minutes,
        0 as capacity_minutes
    from {{ ref('mart_project_margin_monthly') }}

    union all

    select
        legal_entity_code,
        practice_code,
        period_month,
        currency_code,
        0 as recognised_revenue_amount,
        0 as total_cost_amount,
        0 as margin_amount,
        unbilled_amount,
        deferred_amount,
        0 as reporting_revenue_amount,
        0 as reporting_total_cost_amount,
        0 as reporting_margin_amount,
        greatest(reporting_closing_amount, 0) as reporting_unbilled_amount,
        greatest(-reporting_closing_amount, 0) as reporting_deferred_amount,
        case when reporting_closing_amount is null then 1 else 0 end
            as untranslated_count,
        0 as approved_minutes,
        0 as billable_minutes,
        0 as capacity_minutes
    from {{ ref('mart_project_wip_monthly') }}

    union all

    select
        utilisation.legal_entity_code,
        utilisation.practice_code,
        utilisation.period_month,
        legal_entities.currency_code,
        0 as recognised_revenue_amount,
        0 as total_cost_amount,
        0 as margin_amount,
        0 as unbilled_amount,
        0 as deferred_amount,
        0 as reporting_revenue_amount,
        0 as reporting_total_cost_amount,
        0 as reporting_margin_amount,
        0 as reporting_unbilled_amount,
        0 as reporting_deferred_amount,
        0 as untranslated_count,
        utilisation.approved_minutes,
        utilisation.billable_minutes,
        utilisation.capacity_minutes
    from {{ ref('fct_utilisation_daily') }} as utilisation
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on utilisation.legal_entity_code = legal_entities.legal_entity_code

)

select
    legal_entity_code,
    practice_code,
    period_month,
    currency_code,
    cast(sum(recognised_revenue_amount) as decimal(18, 4)) as recognised_revenue_amount,
    cast(sum(total_cost_amount) as decimal(18, 4)) as total_cost_amount,
    cast(sum(margin_amount) as decimal(18, 4)) as margin_amount,
    cast(sum(unbilled_amount) as decimal(18, 4)) as unbilled_amount,
    cast(sum(deferred_amount) as decimal(18, 4)) as deferred_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast(sum(reporting_revenue_amount) as decimal(18, 4))
        as reporting_recognised_revenue_amount,
    cast(sum(reporting_total_cost_amount) as decimal(18, 4))
        as reporting_total_cost_amount,
    cast(sum(reporting_margin_amount) as decimal(18, 4)) as reporting_margin_amount,
    cast(sum(reporting_unbilled_amount) as decimal(18, 4)) as reporting_unbilled_amount,
    cast(sum(reporting_deferred_amount) as decimal(18, 4)) as reporting_deferred_amount,
    cast(sum(untranslated_count) as integer) as untranslated_count,
    cast(sum(approved_minutes) as bigint) as approved_minutes,
    cast(sum(billable_minutes) as bigint) as billable_minutes,
    cast(sum(capacity_minutes) as bigint) as capacity_minutes
from stacked
group by legal_entity_code, practice_code, period_month, currency_code
