-- Control I18. Grain: one row per project and month: its margin on the left, what the
-- lines that explain it add up to on the right. A difference is a fault of this build,
-- so it blocks publication.
with

stacked as (

    select
        project_code,
        period_month,
        currency_code,
        margin_amount as left_amount,
        0 as right_amount
    from {{ ref('mart_project_margin_monthly') }}

    union all

    select
        project_code,
        period_month,
        currency_code,
        0 as left_amount,
        margin_amount as right_amount
    from {{ ref('mart_margin_explained') }}

),

summed as (
    select
        project_code,
        period_month,
        currency_code,
        sum(left_amount) as left_amount,
        sum(right_amount) as right_amount
    from stacked
    group by project_code, period_month, currency_code
)

select
    cast('I18' as varchar) as control_id,
    summed.project_code || '|' || cast(summed.period_month as varchar) as difference_key,
    cast(null as varchar) as legal_entity_code,
    summed.period_month,
    summed.project_code,
    {{ carried_whole('summed') }},
    policies.owner,
    cast(null as varchar) as source_ids
from summed
left join {{ ref('control_policies') }} as policies on policies.control_id = 'I18'
