-- Tables of a configured system that the latest landing could not take in, or not whole:
-- figures stand on what was last known of them.
with

latest as (
    {{ first_of_each(
        ref('stg_landing__loads'), key=['source_instance', 'table_name'],
        order=['started_at desc nulls last', 'load_id desc nulls last']
    ) }}
),

-- the last time that it came whole
landed as (
    select
        source_instance,
        table_name,
        max(as_of_date) as as_of_date
    from {{ ref('stg_landing__loads') }}
    where status = 'landed'
    group by source_instance, table_name
)

select
    'feed_not_landed' as kind,
    latest.source_instance || '.' || latest.table_name || ' could not be landed: '
    || coalesce(latest.error, 'no reason was given') || '; it is as of ' || coalesce(
        cast(landed.as_of_date as varchar), 'no day, as it never was'
    ) as reason,
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
left join landed
    on latest.source_instance = landed.source_instance
    and latest.table_name = landed.table_name
where
    latest.status != 'landed'
    and latest.deletions is distinct from 'waiting'
    and latest.source_instance in (
        select systems.source_instance from {{ ref('dim_role_systems') }} as systems
    )
