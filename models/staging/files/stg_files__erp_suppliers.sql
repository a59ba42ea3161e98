-- Grain: one row per supplier, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_suppliers')) }}
)

select
    supplier_id,
    supplier_number,
    supplier_name,
    {{ lineage('files') }}
from source
