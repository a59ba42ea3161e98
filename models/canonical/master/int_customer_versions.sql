-- Grain: one row per system that holds a customer and version of its record there.
with

stacked as (

    select
        crosswalk.customer_number as object_code,
        'crm' as source_role,
        versions.source_system,
        versions.source_instance,
        versions.customer_id as record_id,
        trim(versions.customer_name) as customer_name,
        coalesce(parents.customer_number, versions.parent_customer_id) as parent_number,
        versions.source_version as version_no,
        versions.landed_at as said_from,
        crosswalk.is_master
    from {{ ref('crm_customer_versions') }} as versions
    inner join {{ ref('crosswalk_customers') }} as crosswalk
        on crosswalk.role = 'crm'
        and versions.source_instance = crosswalk.source_instance
        and versions.customer_id = crosswalk.record_id
    left join {{ ref('crosswalk_customers') }} as parents
        on parents.role = 'crm'
        and versions.source_instance = parents.source_instance
        and versions.parent_customer_id = parents.record_id
    where crosswalk.customer_number is not null and not versions.is_deleted

    union all

    select
        crosswalk.customer_number as object_code,
        'erp' as source_role,
        versions.source_system,
        versions.source_instance,
        versions.customer_id as record_id,
        trim(versions.customer_name) as customer_name,
        coalesce(parents.customer_number, versions.parent_customer_id) as parent_number,
        versions.source_version as version_no,
        versions.landed_at as said_from,
        crosswalk.is_master
    from {{ ref('erp_customer_versions') }} as versions
    inner join {{ ref('crosswalk_customers') }} as crosswalk
        on crosswalk.role = 'erp'
        and versions.source_instance = crosswalk.source_instance
        and versions.customer_id = crosswalk.record_id
    left join {{ ref('crosswalk_customers') }} as parents
        on parents.role = 'erp'
        and versions.source_instance = parents.source_instance
        and versions.parent_customer_id = parents.record_id
    where crosswalk.customer_number is not null and not versions.is_deleted

)

select
    object_code,
    cast(source_role as varchar) as source_role,
    source_system,
    source_instance,
    record_id,
    customer_name,
    parent_number,
    version_no,
    said_from,
    is_master
from stacked
