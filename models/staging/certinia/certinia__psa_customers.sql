-- Grain: one row per account. An organisation that is the CRM too gives it the same id.
select
    psa_accounts.account_id as customer_id,
    psa_accounts.account_id as crm_customer_id,
    psa_accounts.account_name as customer_name,
    {{ role_lineage('psa_accounts') }}
from {{ ref('stg_certinia__accounts') }} as psa_accounts
