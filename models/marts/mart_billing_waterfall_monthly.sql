-- Grain: one row per project and month of the work, as known on the as-of date: standard
-- value less what is lost at each step is what was collected. Leakage is what is overdue,
-- let off and above the cap. Amounts in the functional currency of its entity.
with

monthly as (
    select
        project_key,
        period_month,
        sum(standard_amount) as standard_amount,
        sum(discount_amount) as discount_amount,
        sum(recorded_amount) as recorded_amount,
        sum(unapproved_amount) as unapproved_amount,
        sum(approved_amount) as approved_amount,
        sum(unchargeable_amount) as unchargeable_amount,
        sum(chargeable_amount) as chargeable_amount,
        sum(above_cap_amount) as above_cap_amount,
        sum(within_cap_amount) as within_cap_amount,
        sum(unbilled_amount) as unbilled_amount,
        sum(write_down_amount) as write_down_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(uncollected_amount) as uncollected_amount,
        sum(collected_amount) as collected_amount,
        sum(bad_debt_amount) as bad_debt_amount,
        sum(overdue_amount) as overdue_amount
    from {{ ref('fct_billing_waterfall_daily') }}
    group by project_key, period_month
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
    projects.manager_name,
    monthly.period_month,
    projects.currency_code,
    cast(monthly.standard_amount as decimal(18, 4)) as standard_amount,
    cast(monthly.discount_amount as decimal(18, 4)) as discount_amount,
    cast(monthly.recorded_amount as decimal(18, 4)) as recorded_amount,
    cast(monthly.unapproved_amount as decimal(18, 4)) as unapproved_amount,
    cast(monthly.approved_amount as decimal(18, 4)) as approved_amount,
    cast(monthly.unchargeable_amount as decimal(18, 4)) as unchargeable_amount,
    cast(monthly.chargeable_amount as decimal(18, 4)) as chargeable_amount,
    cast(monthly.above_cap_amount as decimal(18, 4)) as above_cap_amount,
    cast(monthly.within_cap_amount as decimal(18, 4)) as within_cap_amount,
    cast(monthly.unbilled_amount as decimal(18, 4)) as unbilled_amount,
    cast(monthly.write_down_amount as decimal(18, 4)) as write_down_amount,
    cast(monthly.invoiced_amount as decimal(18, 4)) as invoiced_amount,
    cast(monthly.uncollected_amount as decimal(18, 4)) as uncollected_amount,
    cast(monthly.collected_amount as decimal(18, 4)) as collected_amount,
    cast(monthly.bad_debt_amount as decimal(18, 4)) as bad_debt_amount,
    cast(monthly.overdue_amount as decimal(18, 4)) as overdue_amount,
    cast(
        monthly.overdue_amount + monthly.write_down_amount + monthly.above_cap_amount
        as decimal(18, 4)
    ) as leakage_amount,
    cast({{ ratio(
        'monthly.overdue_amount + monthly.write_down_amount + monthly.above_cap_amount',
        'monthly.chargeable_amount', 6
    ) }} as decimal(18, 6)) as leakage_rate
from monthly
inner join {{ ref('int_projects_labelled') }} as projects
    on monthly.project_key = projects.project_key
