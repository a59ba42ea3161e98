-- Grain: one row per legal entity and configured system, in each role, that the entity's
-- figures are made of: the ERP that keeps its books, the PSAs and CRMs that have a project
-- of it, and all systems of people, pay and spend, as people work for other entities too. A
-- system of which no project is known yet may be any entity's.
with

linked as (
    select distinct
        records.source_instance,
        projects.legal_entity_code
    from {{ ref('crosswalk_projects') }} as records
    inner join {{ ref('dim_projects') }} as projects
        on records.project_code = projects.project_code
),

known as (select distinct source_instance from linked)

select
    systems.role_code,
    systems.source_instance,
    entities.legal_entity_code
from {{ ref('dim_role_systems') }} as systems
cross join {{ ref('dim_legal_entities') }} as entities
left join linked
    on systems.source_instance = linked.source_instance
    and entities.legal_entity_code = linked.legal_entity_code
left join known on systems.source_instance = known.source_instance
where
    case
        when systems.role_code = 'erp'
            then entities.erp_instance = systems.source_instance
        when systems.role_code in ('psa', 'crm') and known.source_instance is not null
            then linked.source_instance is not null
        else true
    end
