-- Grain: one row per Salesforce account and version of it that was landed.
select
    versions.account_id as customer_id,
    versions.parent_account_id as parent_customer_id,
    versions.account_name as customer_name,
    {{ role_lineage('versions') }}
from {{ ref('stg_salesforce__account_versions') }} as versions
