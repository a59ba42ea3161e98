-- Values that are not of their declared type: they are null wherever they are read. What a
-- table of pay says is not told.
with

loads as (
    select
        load_id,
        source_instance,
        table_name,
        max(as_of_date) as as_of_date
    from {{ ref('stg_landing__loads') }}
    group by load_id, source_instance, table_name
)

select
    'value_unreadable' as kind,
    unreadable.table_name || ' ' || unreadable.record_key || ' says '
    || case when unreadable.is_pay then 'what is no pay' else unreadable.field_texts end
    || ', which cannot be read as what the column is' as reason,
    unreadable.vendor as source_system,
    unreadable.source_instance,
    unreadable.table_name || '|' || unreadable.record_key as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    coalesce(loads.as_of_date, cast(unreadable.landed_at as date)) as since
from {{ ref('int_unreadable_values') }} as unreadable
left join loads
    on unreadable.load_id = loads.load_id
    and unreadable.source_instance = loads.source_instance
    and unreadable.table_name = loads.table_name
where
    unreadable.source_instance in (
        select systems.source_instance from {{ ref('dim_role_systems') }} as systems
    )
