-- Grain: one row per live record of CRM, PSA or ERP that is a project, and per deleted
-- project of a PSA, with the code that it states or that an override gave it.
with

overrides as (
    select * from {{ ref('crosswalk_overrides') }}
    where entity_type = 'project'
),

records as (
    select
        'crm' as role,
        source_system,
        source_instance,
        deal_id as record_id,
        project_code,
        customer_id as sign,
        false as is_deleted,
        customer_id,
        close_date
    from {{ ref('crm_deals') }}
    where is_won and not is_deleted

    union all

    select
        'psa' as role,
        source_system,
        source_instance,
        project_id as record_id,
        project_code,
        cast(null as varchar) as sign,
        is_deleted,
        customer_id,
        cast(null as date) as close_date
    from {{ ref('psa_projects') }}

    union all

    select
        'erp' as role,
        jobs.source_system,
        jobs.source_instance,
        jobs.project_id as record_id,
        jobs.project_code,
        upper(trim(entities.legal_entity_code)) as sign,
        false as is_deleted,
        cast(null as varchar) as customer_id,
        cast(null as date) as close_date
    from {{ ref('erp_projects') }} as jobs
    left join {{ ref('erp_entities') }} as entities
        on jobs.source_instance = entities.source_instance
        and jobs.entity_id = entities.entity_id
    where not jobs.is_deleted
)

select
    records.role,
    records.source_system,
    records.source_instance,
    records.record_id,
    records.sign,
    records.is_deleted,
    records.close_date,
    case
        when records.customer_id is not null
            then coalesce(
                customers.customer_number,
                records.source_instance || ':' || records.customer_id
            )
    end as customer,
    coalesce(
        overrides.canonical_id, nullif(upper(trim(records.project_code)), '')
    ) as claimed_project_code,
    overrides.canonical_id is not null as is_overridden
from records
left join overrides
    on records.source_system = overrides.source_system
    and records.source_instance = overrides.source_instance
    and records.record_id = overrides.source_id
left join {{ ref('crosswalk_customers') }} as customers
    on records.role = customers.role
    and records.source_instance = customers.source_instance
    and records.customer_id = customers.record_id
