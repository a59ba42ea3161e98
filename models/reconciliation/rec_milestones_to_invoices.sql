-- Control C09. Grain: one row per milestone accepted at least the grace days before the
-- as-of date: its value is on a live invoice and not credited.
with

milestones as (
    select milestones.*
    from {{ ref('dim_milestones') }} as milestones
    cross join {{ ref('dim_as_of') }} as as_of
    where
        milestones.is_accepted
        and milestones.accepted_date <= cast(
            {{ dbt.dateadd(
                'day', '-' ~ var('milestone_grace_days', 15), 'as_of.as_of_date'
            ) }}
            as date
        )
),

invoices as (
    select
        source_instance,
        invoice_id
    from {{ ref('fct_invoices') }}
    where is_billed
),

judged as (
    select
        milestones.*,
        projects.legal_entity_code,
        invoices.invoice_id is not null and coalesce(items.credited_amount, 0) = 0
            as is_invoiced,
        case
            when invoices.invoice_id is null then 0
            else milestones.contract_amount - coalesce(items.credited_amount, 0)
        end as invoiced_amount
    from milestones
    left join invoices
        on milestones.source_instance = invoices.source_instance
        and milestones.invoice_id = invoices.invoice_id
    left join {{ ref('int_items_billed') }} as items
        on items.item_type = 'milestone'
        and milestones.milestone_key = items.item_key
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
    cast(judged.invoiced_amount as decimal(18, 4)) as right_amount,
    cast(judged.contract_amount - judged.invoiced_amount as decimal(18, 4)) as difference_amount,
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
