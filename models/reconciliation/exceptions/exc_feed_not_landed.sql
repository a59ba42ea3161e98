-- Tables of a configured system that the latest landing could not take in, or not whole:
-- figures stand on what was last known of them.
select
    'feed_not_landed' as kind,
    source_instance || coalesce('.' || table_name, '') || ' could not be landed: '
    || coalesce(error, 'no reason was given') || '; it is as of ' || coalesce(
        cast(whole_on as varchar), 'no day, as it never was'
    ) as reason,
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
where status not in ('landed', 'deletions waiting', 'absent')
