-- Tables of a configured system of which the latest landing told so many rows to be gone
-- that they stay as they were last known until somebody confirms it.
select
    'deletions_waiting' as kind,
    error || '; they stay as they were last known' as reason,
    source_system,
    source_instance,
    table_name as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    read_on as since
from {{ ref('dim_sources') }}
where status = 'deletions waiting'
