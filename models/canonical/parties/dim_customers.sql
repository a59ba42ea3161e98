-- Grain: one row per customer number that the CRM or the ERP knows. The CRM names
-- the customer and its parent; the ERP owns the currency it is billed in.
select
    {{ entity_key('customer', ['crosswalk.customer_number']) }} as customer_key,
    {{ entity_key('customer', ['parents.customer_number']) }} as parent_customer_key,
    crosswalk.customer_number,
    crosswalk.crm_account_id,
    crosswalk.psa_group_id,
    crosswalk.erp_customer_id,
    coalesce(crm_customers.customer_name, customers.customer_name) as customer_name,
    crm_customers.country_code,
    coalesce(customers.currency_code, crm_customers.currency_code) as currency_code,
    'customer:' || crosswalk.customer_number as correlation_id
from {{ ref('crosswalk_customers') }} as crosswalk
left join {{ ref('crm_customers') }} as crm_customers
    on crosswalk.crm_source_instance = crm_customers.source_instance
    and crosswalk.crm_account_id = crm_customers.customer_id
left join {{ ref('erp_customers') }} as customers
    on crosswalk.erp_source_instance = customers.source_instance
    and crosswalk.erp_customer_id = customers.customer_id
left join {{ ref('crosswalk_customers') }} as parents
    on crm_customers.source_instance = parents.crm_source_instance
    and crm_customers.parent_customer_id = parents.crm_account_id
where crosswalk.customer_number is not null
