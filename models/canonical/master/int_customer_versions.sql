-- Grain: one row per system that holds a customer and version of its record there.
with

versions as (

    select
        'crm' as source_role,
        source_system,
        source_instance,
        customer_id as record_id,
        trim(customer_name) as customer_name,
        parent_customer_id,
        source_version as version_no,
        landed_at as said_from
    from {{ ref('crm_customer_versions') }}
    where not is_deleted

    union all

    select
        'erp' as source_role,
        source_system,
        source_instance,
        customer_id as record_id,
        trim(customer_name) as customer_name,
        parent_customer_id,
        source_version as version_no,
        landed_at as said_from
    from {{ ref('erp_customer_versions') }}
    where not is_deleted

)

select
    crosswalk.customer_number as object_code,
    cast(versions.source_role as varchar) as source_role,
    versions.source_system,
    versions.source_instance,
    versions.record_id,
    versions.customer_name,
    coalesce(parents.customer_number, versions.parent_customer_id) as parent_number,
    versions.version_no,
    versions.said_from,
    crosswalk.is_master
from versions
inner join {{ ref('crosswalk_customers') }} as crosswalk
    on versions.source_role = crosswalk.role
    and versions.source_instance = crosswalk.source_instance
    and versions.record_id = crosswalk.record_id
left join {{ ref('crosswalk_customers') }} as parents
    on versions.source_role = parents.role
    and versions.source_instance = parents.source_instance
    and versions.parent_customer_id = parents.record_id
-- One that names a merged account is not told the name of what it became; what no rule
-- links is nobody's.
where crosswalk.match_rule != 'merged'
