-- Grain: one row per project, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_projects')) }}
)

select
    project_id,
    project_code,
    project_name,
    customer_id,
    entity_id,
    dimension_id,
    currency_code,
    {{ lineage('files') }}
from source
