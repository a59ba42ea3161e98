-- Grain: one row per Salesforce account. An id has a form of 18 characters and one of
-- 15, its beginning, and people copy either into other systems.
select
    crm_accounts.account_id as customer_id,
    substr(crm_accounts.account_id, 1, 15) as quoted_customer_id,
    crm_accounts.parent_account_id as parent_customer_id,
    nullif(trim(crm_accounts.account_number), '') as customer_number,
    crm_accounts.account_name as customer_name,
    crm_accounts.country_code,
    crm_accounts.currency_code,
    {{ role_lineage('crm_accounts') }}
from {{ ref('stg_salesforce__accounts') }} as crm_accounts
