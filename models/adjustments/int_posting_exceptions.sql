-- Grain: one row per posting key that exceptions hold by seed exception_policies: the first
-- of them, and who clears it. What touches a project holds what is of it, in the period or
-- in all; what names no project, what is of the entity. What can no longer be priced, matched
-- or estimated counts as nothing in what is desired: it holds what would take back something
-- of what stands, of ours or what others booked: of all, of revenue, or of what an entity has
-- of no project.
with

holding as (
    select
        found.kind,
        policies.owner,
        found.legal_entity_code,
        projects.project_code,
        found.period_month,
        policies.holds_postings,
        policies.holds_take_backs
    from {{ ref('int_exceptions') }} as found
    inner join {{ ref('exception_policies') }} as policies
        on found.kind = policies.kind
        and (policies.holds_postings or policies.holds_take_backs != 'nothing')
    left join {{ ref('dim_projects') }} as projects
        on found.project_key = projects.project_key
)

select
    postings.posting_key,
    min(holding.kind) as kind,
    min_by(holding.owner, holding.kind) as exception_owner
from {{ ref('int_postings_dimensioned') }} as postings
inner join holding
    on case
        when holding.project_code is null
            then postings.legal_entity_code = holding.legal_entity_code
        else holding.project_code in (postings.project_code, postings.credit_project_code)
    end
    and postings.period_month = coalesce(holding.period_month, postings.period_month)
    and case
        when holding.holds_postings then true
        when
            holding.holds_take_backs = 'revenue'
            and postings.revenue_effect is null
            then false
        when holding.holds_take_backs = 'entity' and postings.project_code is not null
            then false
        else {{ takes_back('postings') }}
    end
group by postings.posting_key
