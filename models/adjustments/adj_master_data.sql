-- Grain: one row per field whose value in the target is not the owner's. A value the owner
-- itself had before lags and is pushed; any other one was edited where the field is not
-- owned, and so is one that already was the owner's since the owner said so.
with

versions as (
    select
        owners.action as chosen_action,
        owners.owner as policy_owner,
        master_data.*,
        master_data.source_role = owners.owner_role as is_owners,
        coalesce(
            lag(master_data.field_value) over (
                partition by
                    master_data.object_type,
                    master_data.field,
                    master_data.object_code,
                    master_data.source_system,
                    master_data.source_instance
                order by master_data.version_no nulls last
            ), ''
        ) as earlier_value
    from {{ ref('int_master_data_versions') }} as master_data
    inner join {{ ref('field_ownership') }} as owners
        on master_data.object_type = owners.object_type
        and master_data.field = owners.field
        and master_data.source_role in (owners.owner_role, owners.target_role)
),

owned as (
    select
        object_type,
        field,
        object_code,
        source_system,
        source_instance,
        record_id,
        max(case when is_current then field_value end) as owner_value,
        -- A value that comes back is the owner's from then on.
        max(case when coalesce(field_value, '') != earlier_value then said_from end)
            as owner_since
    from versions
    where is_owners and is_master
    group by object_type, field, object_code, source_system, source_instance, record_id
),

held as (
    select * from versions
    where not is_owners and is_current
),

differing as (
    select
        held.*,
        owned.owner_value,
        owned.owner_since,
        owned.source_system as owner_system,
        owned.source_system || ':' || owned.source_instance || ':' || owned.record_id
            as owner_record
    from held
    inner join owned
        on held.object_type = owned.object_type
        and held.field = owned.field
        and held.object_code = owned.object_code
    where coalesce(held.field_value, '') != coalesce(owned.owner_value, '')
),

-- Values the owner had, and those the target had since the owner took its present one.
remembered as (
    select
        differing.object_type,
        differing.field,
        differing.object_code,
        differing.source_instance,
        max(
            case
                when versions.is_owners and versions.field_value = differing.field_value
                    then 1
                else 0
            end
        ) as was_owners,
        max(
            case
                when
                    not versions.is_owners
                    and versions.source_instance = differing.source_instance
                    and versions.field_value = differing.owner_value
                    and versions.said_from >= differing.owner_since
                    then 1
                else 0
            end
        ) as had_it
    from differing
    inner join versions
        on differing.object_type = versions.object_type
        and differing.field = versions.field
        and differing.object_code = versions.object_code
    group by
        differing.object_type,
        differing.field,
        differing.object_code,
        differing.source_instance
),

valued as (
    select
        differing.*,
        remembered.was_owners,
        remembered.had_it,
        case differing.field
            when 'parent' then parents.erp_customer_id
            when 'role' then psa_roles.role_id
            else differing.owner_value
        end as new_value
    from differing
    inner join remembered
        on differing.object_type = remembered.object_type
        and differing.field = remembered.field
        and differing.object_code = remembered.object_code
        and differing.source_instance = remembered.source_instance
    left join {{ ref('dim_customers') }} as parents
        on differing.field = 'parent' and differing.owner_value = parents.customer_number
    left join {{ ref('dim_psa_roles') }} as psa_roles
        on differing.field = 'role'
        and differing.source_instance = psa_roles.source_instance
        and differing.owner_value = psa_roles.role_name
),

judged as (
    select
        *,
        case
            when owner_value is null then 'empty in ' || owner_system
            when had_it = 1 or (field_value is not null and was_owners = 0)
                then 'edited in ' || source_system || ', which does not own it'
            when new_value is null then owner_value || ' is unknown in ' || source_system
            when chosen_action != 'push' then 'policy'
        end as hold_reason
    from valued
)

select
    'master_data|' || judged.source_instance || '|' || judged.object_type || '|'
    || judged.object_code || '|' || judged.field as posting_key,
    cast('master_data' as varchar) as kind,
    judged.source_instance as target_system,
    judged.object_type as record_type,
    judged.record_id,
    {{ json_fields({
        'name': "case when judged.field = 'name' then judged.new_value end",
        'parent_id': "case when judged.field = 'parent' then judged.new_value end",
        'role_id': "case when judged.field = 'role' then judged.new_value end",
    }) }} as record_fields,
    projects.legal_entity_code,
    projects.project_code,
    {{ month_start('as_of.as_of_date') }} as period_month,
    as_of.as_of_date as posting_date,
    cast(case when judged.hold_reason is null then 'post' else 'hold' end as varchar)
        as policy_action,
    cast(judged.hold_reason as varchar) as hold_reason,
    case when judged.hold_reason is not null then judged.policy_owner end as hold_owner,
    judged.object_type || ':' || judged.object_code as correlation_id,
    judged.owner_record || ', ' || judged.source_system || ':' || judged.source_instance
    || ':' || judged.record_id as source_ids
from judged
cross join {{ ref('dim_as_of') }} as as_of
left join {{ ref('dim_projects') }} as projects
    on judged.object_type = 'project' and judged.object_code = projects.project_code
