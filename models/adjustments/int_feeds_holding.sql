-- Grain: one row per kind of posting and legal entity that is made of a table which was not
-- read whole, or of which many rows wait as deleted: the first such exception that policy
-- lets hold postings. Such an exception names a system and neither project nor entity.
with

made_of as (
    {{ posting_roles() }}
)

select
    made_of.kind as posting_kind,
    systems.legal_entity_code,
    min(found.kind) as kind,
    min_by(policies.owner, found.kind) as exception_owner
from made_of
inner join {{ ref('int_entity_systems') }} as systems
    on made_of.role_code = systems.role_code
inner join {{ ref('int_exceptions') }} as found
    on systems.source_instance = found.source_instance
    and found.kind in (
        'feed_not_landed', 'deletions_waiting', 'file_refused', 'file_overdue'
    )
inner join {{ ref('exception_policies') }} as policies
    on found.kind = policies.kind
    and policies.holds_postings
group by made_of.kind, systems.legal_entity_code
