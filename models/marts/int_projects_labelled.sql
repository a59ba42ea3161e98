-- Grain: one row per project, with the names reports show beside its keys. The revenue
-- method is that of its first obligation.
select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    customers.customer_name,
    projects.practice_code,
    practices.practice_name,
    practices.service_line,
    projects.legal_entity_code,
    legal_entities.region,
    projects.contract_type,
    obligations.revenue_method,
    managers.resource_name as manager_name,
    projects.functional_currency_code as currency_code
from {{ ref('dim_projects') }} as projects
left join {{ ref('dim_customers') }} as customers
    on projects.customer_key = customers.customer_key
left join {{ ref('practices') }} as practices
    on projects.practice_code = practices.practice_code
left join {{ ref('dim_legal_entities') }} as legal_entities
    on projects.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('dim_obligations') }} as obligations
    on projects.project_key = obligations.project_key
    and obligations.is_first
left join {{ ref('dim_resources') }} as managers
    on projects.manager_resource_key = managers.resource_key
