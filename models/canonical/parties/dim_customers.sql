-- Grain: one row per customer number that the CRM or the ERP knows. The CRM names
-- the customer and its parent; the ERP owns the currency it is billed in.
select
    {{ entity_key('customer', ['crosswalk.customer_number']) }} as customer_key,
    {{ entity_key('customer', ['parents.customer_number']) }} as parent_customer_key,
    crosswalk.customer_number,
    crosswalk.crm_account_id,
    crosswalk.psa_group_id,
    crosswalk.erp_customer_id,
    coalesce(crm_accounts.account_name, customers.customer_name) as customer_name,
    crm_accounts.country_code,
    coalesce(customers.currency_code, crm_accounts.currency_code) as currency_code,
    'customer:' || crosswalk.customer_number as correlation_id
from {{ ref('crosswalk_customers') }} as crosswalk
left join {{ ref('stg_salesforce__accounts') }} as crm_accounts
    on crosswalk.crm_source_instance = crm_accounts.source_instance
    and crosswalk.crm_account_id = crm_accounts.account_id
left join {{ ref('erp_customers') }} as customers
    on crosswalk.erp_source_instance = customers.source_instance
    and crosswalk.erp_customer_id = customers.customer_id
left join {{ ref('crosswalk_customers') }} as parents
    on crm_accounts.source_instance = parents.crm_source_instance
    and crm_accounts.parent_account_id = parents.crm_account_id
where crosswalk.customer_number is not null
