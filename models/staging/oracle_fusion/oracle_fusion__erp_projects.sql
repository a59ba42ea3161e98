-- Grain: one row per project, which lines name by its number. The organisation that owns
-- it is called as its cost centre is; one that is none keeps the project off all of them.
-- A project with several customers is nobody's.
with

customers as (
    select
        project_customers.source_instance,
        project_customers.oracle_project_id,
        min(parties.customer_id) as customer_id
    from {{ ref('stg_oracle_fusion__project_customers') }} as project_customers
    inner join {{ ref('stg_oracle_fusion__customers') }} as parties
        on project_customers.source_instance = parties.source_instance
        and project_customers.party_id = parties.party_id
        and not parties.is_deleted
    where not project_customers.is_deleted
    group by project_customers.source_instance, project_customers.oracle_project_id
    having count(distinct parties.customer_id) = 1
),

organisations as (
    select
        source_instance,
        cost_centre_name,
        min(cost_centre) as dimension_id
    from {{ ref('stg_oracle_fusion__cost_centres') }}
    where not is_deleted
    group by source_instance, cost_centre_name
    having count(*) = 1
)

select
    projects.project_number as project_id,
    projects.project_number as project_code,
    projects.project_name,
    customers.customer_id,
    projects.legal_entity_id as entity_id,
    organisations.dimension_id,
    projects.currency_code,
    {{ role_lineage('projects') }}
from {{ ref('stg_oracle_fusion__projects') }} as projects
left join customers
    on projects.source_instance = customers.source_instance
    and projects.oracle_project_id = customers.oracle_project_id
left join organisations
    on projects.source_instance = organisations.source_instance
    and projects.organisation_name = organisations.cost_centre_name
