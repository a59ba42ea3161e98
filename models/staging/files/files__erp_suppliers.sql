-- Grain: one row per supplier; each column is as its feed declares it.
select
    said.supplier_id,
    said.supplier_number,
    said.supplier_name,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_suppliers') }} as said
