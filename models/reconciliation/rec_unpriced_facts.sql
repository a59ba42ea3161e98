-- Control C10. Grain: one row per approved fact or plan that has no amount, no project or
-- nobody's hours, for a cause that is an exception of this control. Until it is cleared it
-- adds nothing, or adds beside the hours, and says so here. The amount is what is known of
-- it. What nobody can price for want of a whole system is no exception of a record:
-- figures are null with that reason.
select
    cast('C10' as varchar) as control_id,
    {{ exception_key('exceptions', 'projects') }} as difference_key,
    exceptions.legal_entity_code,
    exceptions.period_month,
    projects.project_code,
    cast(exceptions.amount as decimal(18, 4)) as left_amount,
    cast(null as decimal(18, 4)) as right_amount,
    cast(exceptions.amount as decimal(18, 4)) as difference_amount,
    exceptions.currency_code,
    cast('unpriced' as varchar) as match_status,
    exceptions.kind as reason,
    policies.owner,
    exceptions.source_id as source_ids
from {{ ref('int_exceptions') }} as exceptions
inner join {{ ref('exception_policies') }} as policies
    on exceptions.kind = policies.kind and policies.control_id = 'C10'
inner join {{ ref('int_control_applicability') }} as applicability
    on policies.control_id = applicability.control_id and applicability.is_applicable
left join {{ ref('dim_projects') }} as projects
    on exceptions.project_key = projects.project_key
