-- Grain: one row per role, project code and sign (a CRM's customer, an ERP's legal entity) of
-- which, of the PSAs that claim the code, only one has a project.
with

claims as (select * from {{ ref('int_project_codes_claimed') }}),

signs as (

    select
        'crm' as role,
        project_code,
        crm_customer_id as sign,
        source_instance,
        nth
    from claims

    union all

    select
        'erp' as role,
        project_code,
        legal_entity_code as sign,
        source_instance,
        nth
    from claims

)

select
    cast(role as varchar) as role,
    project_code,
    sign,
    min(source_instance) as source_instance,
    min(nth) as nth
from signs
where sign is not null
group by role, project_code, sign
having count(*) = 1
