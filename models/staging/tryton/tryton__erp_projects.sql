-- Grain: one row per Tryton analytic account of a project, by which lines name it. The
-- customer is that of the work with its number.
with

customers as (
    select
        source_instance,
        project_code,
        min(party_id) as party_id
    from {{ ref('stg_tryton__projects') }}
    where type_code = 'project' and project_code is not null and not is_deleted
    group by source_instance, project_code
)

select
    projects.analytic_account_id as project_id,
    projects.project_code,
    projects.account_name as project_name,
    customers.party_id as customer_id,
    projects.company_id as entity_id,
    cast(null as varchar) as dimension_id,
    companies.currency_code,
    {{ role_lineage('projects') }}
from {{ ref('stg_tryton__analytic_accounts') }} as projects
left join {{ ref('stg_tryton__companies') }} as companies
    on projects.source_instance = companies.source_instance
    and projects.company_id = companies.company_id
left join customers
    on projects.source_instance = customers.source_instance
    and projects.project_code = customers.project_code
where projects.type_code = 'normal'
