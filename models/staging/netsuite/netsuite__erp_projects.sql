-- Grain: one row per NetSuite job; its department is the dimension.
select
    jobs.project_id,
    jobs.project_code,
    jobs.project_name,
    jobs.customer_id,
    jobs.subsidiary_id as entity_id,
    jobs.department_id as dimension_id,
    currencies.currency_code,
    {{ role_lineage('jobs') }}
from {{ ref('stg_netsuite__projects') }} as jobs
left join {{ ref('stg_netsuite__currencies') }} as currencies
    on jobs.source_instance = currencies.source_instance
    and jobs.currency_id = currencies.currency_id
