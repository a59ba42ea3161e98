-- Grain: one row per milestone that is accepted now: its whole value on the day of its
-- acceptance. A milestone whose task is no longer completed earns nothing any more.
with

milestones as (
    select * from {{ ref('dim_milestones') }}
    where is_accepted
),

projects as (
    select * from {{ ref('dim_projects') }}
    where revenue_method = 'milestone'
)

select
    milestones.project_key,
    milestones.accepted_date as revenue_date,
    'milestone:' || milestones.source_id as source_id,
    cast({{ translated(
        'milestones.amount', 'milestones.currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as recognised_amount
from milestones
inner join projects on milestones.project_key = projects.project_key
{{ join_fx_rate(
    'fx_rates', 'milestones.currency_code', 'projects.functional_currency_code',
    'milestones.accepted_date'
) }}
