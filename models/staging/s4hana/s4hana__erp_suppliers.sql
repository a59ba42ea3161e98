-- Grain: one row per S/4HANA business partner that is a supplier.
select
    partners.supplier_id,
    partners.supplier_id as supplier_number,
    partners.partner_name as supplier_name,
    {{ role_lineage('partners') }}
from {{ ref('stg_s4hana__business_partners') }} as partners
where partners.supplier_id is not null
