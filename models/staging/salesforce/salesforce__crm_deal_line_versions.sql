-- Grain: one row per product of a Salesforce opportunity and version of it that was landed.
select
    versions.opportunity_line_id as deal_line_id,
    versions.list_price_amount,
    {{ role_lineage('versions') }}
from {{ ref('stg_salesforce__opportunity_line_versions') }} as versions
