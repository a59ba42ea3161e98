-- Grain: one row per project of a company; the department among its default dimensions is
-- the dimension. Its currency is its contract's, which is not landed.
select
    projects.project_id,
    projects.project_code,
    projects.project_name,
    customers.party_id as customer_id,
    projects.company_id as entity_id,
    projects.department as dimension_id,
    cast(null as varchar) as currency_code,
    {{ role_lineage('projects') }}
from {{ ref('stg_dynamics365__projects') }} as projects
left join {{ ref('stg_dynamics365__customers') }} as customers
    on projects.source_instance = customers.source_instance
    and projects.company_id = customers.company_id
    and projects.customer_number = customers.customer_number
