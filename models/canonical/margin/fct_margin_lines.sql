{{ config(materialized='view') }}
-- Grain: one row per record or measured month that a project's margin is made of. The
-- margin of a project and month is the sum of its lines: revenue adds, write-downs are
-- negative revenue, cost and provisions subtract. What was learned of a closed period after
-- it was published as closed counts in a later one.
with

stacked as (

    select * from {{ ref('int_margin_revenue_lines') }}

    union all

    select * from {{ ref('int_margin_cost_lines') }}

    union all

    select * from {{ ref('int_margin_deferred_lines') }}

    union all

    select * from {{ ref('int_margin_closing_lines') }}

)

select
    stacked.line_key,
    stacked.project_key,
    projects.project_code,
    stacked.obligation_key,
    stacked.period_month,
    stacked.line_date,
    stacked.component,
    stacked.valued_by,
    stacked.is_provisional,
    stacked.correlation_id,
    stacked.source_version,
    stacked.item,
    stacked.worked_minutes,
    stacked.unit_rate,
    stacked.rate_factor,
    stacked.payroll_amount,
    stacked.stated_amount,
    stacked.stated_currency_code,
    case when stacked.source_version is not null then fx_rates.fx_rate end as fx_rate,
    case
        when stacked.component in ('revenue', 'write_down') then stacked.amount
        else cast(-stacked.amount as decimal(18, 4))
    end as margin_amount,
    stacked.currency_code
from stacked
inner join {{ ref('dim_projects') }} as projects
    on stacked.project_key = projects.project_key
{{ join_fx_rate(
    'fx_rates', 'stacked.stated_currency_code', 'stacked.currency_code',
    'stacked.line_date'
) }}
