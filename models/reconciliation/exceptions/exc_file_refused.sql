-- Delivered by a system and not landed, as it is not what was declared: what it says is
-- lacking. It is cleared by a corrected one, and when it is taken away.
select
    'file_refused' as kind,
    file_name || ' was not landed: ' || coalesce(reason, 'no reason was given')
        as reason,
    source_system,
    source_instance,
    source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    cast(landed_at as date) as since
from {{ ref('stg_landing__deliveries') }}
where
    status = 'refused'
    and not is_deleted
    and source_instance in (
        select systems.source_instance from {{ ref('dim_role_systems') }} as systems
    )
