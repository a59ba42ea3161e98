-- Control C09. Grain: one row per milestone accepted at least the grace days before the
-- as-of date: its whole value is on live invoices and not credited.
with

milestones as (
    select milestones.*
    from {{ ref('dim_milestones') }} as milestones
    cross join {{ ref('dim_as_of') }} as as_of
    where
        milestones.is_accepted
        and milestones.accepted_date <= cast(
            {{ dbt.dateadd(
                'day', '-' ~ var('milestone_grace_days'), 'as_of.as_of_date'
            ) }}
            as date
        )
),

judged as (
    select
        milestones.*,
        projects.legal_entity_code,
        billed.billed_amount,
        billed.open_amount,
        billed.is_billed as is_invoiced
    from milestones
    inner join {{ ref('int_milestones_billed') }} as billed
        on milestones.milestone_key = billed.milestone_key
    left join {{ ref('dim_projects') }} as projects
        on milestones.project_key = projects.project_key
)

select
    cast('C09' as varchar) as control_id,
    judged.source_instance || ':' || judged.milestone_id as difference_key,
    judged.legal_entity_code,
    {{ period_start('periods', 'judged.accepted_date') }} as period_month,
    judged.project_code,
    judged.accepted_date,
    cast(judged.contract_amount as decimal(18, 4)) as left_amount,
    judged.billed_amount as right_amount,
    judged.open_amount as difference_amount,
    judged.contract_currency_code as currency_code,
    case when judged.is_invoiced then 'matched' else 'missing_invoice' end
        as match_status,
    case when not judged.is_invoiced then 'missing_invoice' end as reason,
    policies.owner,
    judged.source_system || ':' || judged.source_instance || ':' || judged.milestone_id
        as source_ids
from judged
{{ join_period('periods', 'judged.legal_entity_code', 'judged.accepted_date') }}
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C09' and policies.is_applicable
