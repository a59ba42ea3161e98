-- Tables of a configured system of which the latest landing told so many rows to be gone
-- that they stay as they were last known until somebody confirms it.
with

latest as (
    {{ first_of_each(
        ref('stg_landing__loads'), key=['source_instance', 'table_name'],
        order=['started_at desc nulls last', 'load_id desc nulls last']
    ) }}
)

select
    'deletions_waiting' as kind,
    latest.error || '; they stay as they were last known' as reason,
    latest.vendor as source_system,
    latest.source_instance,
    latest.table_name as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    latest.as_of_date as since
from latest
where
    latest.deletions = 'waiting'
    and latest.source_instance in (
        select systems.source_instance from {{ ref('dim_role_systems') }} as systems
    )
