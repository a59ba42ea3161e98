-- Grain: one row per field of a project, customer or employee, system that holds it and
-- version of its record. HR's versions are its assignments, from their effective dates; of
-- two from one day on the one that lasts is the later.
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

project_versions as (

    select
        'psa' as source_role,
        source_system,
        source_instance,
        project_id as record_id,
        trim(project_name) as field_value,
        source_version as version_no,
        landed_at as said_from
    from {{ ref('psa_project_versions') }}
    where not is_deleted

    union all

    select
        'erp' as source_role,
        source_system,
        source_instance,
        project_id as record_id,
        trim(project_name) as field_value,
        source_version as version_no,
        landed_at as said_from
    from {{ ref('erp_project_versions') }}
    where not is_deleted

),

projects as (
    select
        crosswalk.project_code as object_code,
        crosswalk.is_master,
        versions.*
    from project_versions as versions
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on versions.source_role = crosswalk.role
        and versions.source_instance = crosswalk.source_instance
        and versions.record_id = crosswalk.record_id
    where crosswalk.project_code is not null and crosswalk.match_status != 'deleted'
),

customers as (select * from {{ ref('int_customer_versions') }}),

employees as (

    select
        resources.employee_number as object_code,
        'hr' as source_role,
        assignments.source_system,
        assignments.source_instance,
        resources.employee_number as record_id,
        assignments.role_name as field_value,
        row_number() over (
            partition by assignments.source_instance, resources.employee_number
            order by assignments.valid_to nulls last
        ) as version_no,
        cast(assignments.valid_from as timestamp) as said_from,
        assignments.source_instance = first_value(assignments.source_instance) over (
            partition by resources.employee_number
            order by assignments.valid_to desc nulls last
        ) as is_master
    from {{ ref('dim_resource_assignments') }} as assignments
    inner join {{ ref('dim_resources') }} as resources
        on assignments.resource_key = resources.resource_key
    cross join as_of
    where assignments.valid_from <= as_of.as_of_date and assignments.role_name is not null

    union all

    select
        crosswalk.employee_number as object_code,
        'psa' as source_role,
        versions.source_system,
        versions.source_instance,
        versions.person_id as record_id,
        versions.role_name as field_value,
        versions.source_version as version_no,
        versions.landed_at as said_from,
        crosswalk.is_master
    from {{ ref('psa_people_versions') }} as versions
    inner join {{ ref('crosswalk_resources') }} as crosswalk
        on crosswalk.role = 'psa'
        and versions.source_instance = crosswalk.source_instance
        and versions.person_id = crosswalk.record_id
        and crosswalk.match_status != 'deleted'
    where crosswalk.employee_number is not null and not versions.is_deleted

),

stacked as (

    select
        'project' as object_type,
        'name' as field,
        object_code,
        source_role,
        source_system,
        source_instance,
        record_id,
        field_value,
        version_no,
        said_from,
        is_master
    from projects

    union all

    select
        'customer' as object_type,
        'name' as field,
        object_code,
        source_role,
        source_system,
        source_instance,
        record_id,
        customer_name as field_value,
        version_no,
        said_from,
        is_master
    from customers

    union all

    select
        'customer' as object_type,
        'parent' as field,
        object_code,
        source_role,
        source_system,
        source_instance,
        record_id,
        parent_number as field_value,
        version_no,
        said_from,
        is_master
    from customers

    union all

    select
        'employee' as object_type,
        'role' as field,
        object_code,
        source_role,
        source_system,
        source_instance,
        record_id,
        field_value,
        version_no,
        said_from,
        is_master
    from employees

)

select
    cast(object_type as varchar) as object_type,
    cast(field as varchar) as field,
    object_code,
    cast(source_role as varchar) as source_role,
    source_system,
    source_instance,
    record_id,
    nullif(field_value, '') as field_value,
    cast(version_no as bigint) as version_no,
    cast(said_from as timestamp) as said_from,
    version_no = max(version_no) over (
        partition by object_type, field, object_code, source_system, source_instance
    ) as is_current,
    is_master
from stacked
