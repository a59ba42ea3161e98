-- Grain: one row per exception: a record that a figure cannot be right for, or that somebody
-- has to decide on. Who may not see pay reads the build at standard cost: a kind whose
-- amount tells pay has neither it nor its reason there, and one whose rows do is left out.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

holding as (select distinct control_id from {{ ref('posting_controls') }}),

found as (

    select
        {{ exception_columns() | join(', ') }}
    from {{ ref('int_exceptions') }}

    union all

    {{ stacked_exceptions('adjustments') }}

)

select
    {{ exception_key('found', 'projects') }} as exception_key,
    found.kind,
    policies.severity,
    case
        when basis.cost_basis = 'actual' or policies.tells_pay = 'nothing' then found.reason
    end as reason,
    found.source_system,
    found.source_instance,
    found.source_id,
    found.legal_entity_code,
    found.project_key,
    projects.project_code,
    found.period_month,
    case
        when basis.cost_basis = 'actual' or policies.tells_pay = 'nothing' then found.amount
    end as amount,
    found.currency_code,
    found.since,
    policies.control_id,
    policies.owner,
    policies.what_to_do,
    policies.holds_postings or holding.control_id is not null as holds_postings
from found
cross join basis
left join {{ ref('exception_policies') }} as policies
    on found.kind = policies.kind
left join holding
    on policies.control_id = holding.control_id
left join {{ ref('dim_projects') }} as projects
    on found.project_key = projects.project_key
where basis.cost_basis = 'actual' or policies.tells_pay in ('nothing', 'amount')
