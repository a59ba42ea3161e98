-- Grain: one row per project; each column is as its feed declares it.
select
    said.project_id,
    said.project_code,
    said.project_name,
    said.customer_id,
    said.entity_id,
    said.dimension_id,
    said.currency_code,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_projects') }} as said
