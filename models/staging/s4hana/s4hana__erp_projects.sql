-- Grain: one row per S/4HANA enterprise project, by its code, which its own WBS element has
-- too; its profit centre is the dimension.
select
    projects.project_code as project_id,
    projects.project_code,
    projects.project_name,
    partners.customer_id,
    projects.company_code as entity_id,
    projects.profit_center as dimension_id,
    projects.currency_code,
    {{ role_lineage('projects') }}
from {{ ref('stg_s4hana__projects') }} as projects
left join {{ ref('stg_s4hana__business_partners') }} as partners
    on projects.source_instance = partners.source_instance
    and projects.customer_uuid = partners.business_partner_uuid
