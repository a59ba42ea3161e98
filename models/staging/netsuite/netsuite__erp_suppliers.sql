-- Grain: one row per NetSuite vendor; its entity id is the supplier's number.
select
    suppliers.vendor_id as supplier_id,
    suppliers.supplier_number,
    suppliers.supplier_name,
    {{ role_lineage('suppliers') }}
from {{ ref('stg_netsuite__vendors') }} as suppliers
