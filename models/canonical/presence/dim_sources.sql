-- Grain: one row per configured system and table of it that landing has read, or tried to;
-- of a system that was never read one row without a table. A table is whole when a reading
-- of it came to its end and is believed.
with

systems as (
    select distinct
        source_instance,
        source_system
    from {{ ref('dim_role_systems') }}
),

latest as (
    {{ first_of_each(
        ref('stg_landing__loads'), key=['source_instance', 'table_name'],
        order=['started_at desc nulls last', 'load_id desc nulls last']
    ) }}
),

landed as (
    select
        source_instance,
        table_name,
        max(case when status = 'landed' then started_at end) as whole_at,
        max(case when status = 'landed' then as_of_date end) as whole_on,
        sum(rows_landed) as versions_count
    from {{ ref('stg_landing__loads') }}
    group by source_instance, table_name
)

select
    systems.source_system,
    systems.source_instance,
    latest.table_name,
    case
        when latest.table_name is null then 'never read'
        when latest.status != 'landed' and latest.deletions = 'waiting'
            then 'deletions waiting'
        else latest.status
    end as status,
    landed.whole_on,
    landed.whole_at,
    latest.as_of_date as read_on,
    latest.started_at as read_at,
    cast({{ dbt.datediff('landed.whole_on', 'as_of.as_of_date', 'day') }} as integer)
        as age_days,
    latest.rows_read as read_count,
    cast(landed.versions_count as bigint) as versions_count,
    case when latest.status != 'landed' then latest.error end as error
from systems
cross join {{ ref('dim_as_of') }} as as_of
left join latest on systems.source_instance = latest.source_instance
left join landed
    on latest.source_instance = landed.source_instance
    and latest.table_name = landed.table_name
