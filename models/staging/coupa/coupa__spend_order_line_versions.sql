-- Grain: one row per Coupa order line and version of it that was landed.
select
    versions.purchase_order_id,
    versions.po_line_id,
    versions.currency_code,
    versions.total_amount as ordered_amount,
    {{ role_lineage('versions') }}
from {{ ref('stg_coupa__purchase_order_line_versions') }} as versions
