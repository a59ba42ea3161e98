-- Grain: one row per supplier.
select
    suppliers.supplier_id,
    suppliers.supplier_number,
    suppliers.supplier_name,
    {{ role_lineage('suppliers') }}
from {{ ref('stg_oracle_fusion__suppliers') }} as suppliers
