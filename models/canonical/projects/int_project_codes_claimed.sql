-- Grain: one row per project code and PSA that claims it, whose projects no override names:
-- which PSA was first, and for whom the project is where the PSA has one customer or entity.
with

claims as (
    select
        projects.source_instance,
        nullif(upper(trim(projects.project_code)), '') as project_code,
        customers.crm_customer_id,
        upper(trim(projects.legal_entity_code)) as legal_entity_code,
        projects.project_code_landed_at as claimed_at
    from {{ ref('psa_projects') }} as projects
    left join {{ ref('psa_customers') }} as customers
        on projects.source_instance = customers.source_instance
        and projects.customer_id = customers.customer_id
    left join {{ ref('crosswalk_overrides') }} as overrides
        on overrides.entity_type = 'project'
        and projects.source_system = overrides.source_system
        and projects.source_instance = overrides.source_instance
        and projects.project_id = overrides.source_id
    where not projects.is_deleted and overrides.canonical_id is null
),

claimed as (
    select
        project_code,
        source_instance,
        case when count(distinct crm_customer_id) = 1 then min(crm_customer_id) end
            as crm_customer_id,
        case when count(distinct legal_entity_code) = 1 then min(legal_entity_code) end
            as legal_entity_code,
        min(claimed_at) as claimed_at
    from claims
    where project_code is not null
    group by project_code, source_instance
)

select
    project_code,
    source_instance,
    crm_customer_id,
    legal_entity_code,
    cast(row_number() over (
        partition by project_code
        order by claimed_at nulls last, source_instance nulls last
    ) as integer) as nth
from claimed
