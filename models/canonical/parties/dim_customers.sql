-- Grain: one row per customer number that the CRM or the ERP knows. The CRM names
-- the customer and its parent; the ERP owns the currency it is billed in. Of several
-- records in a role the crosswalk's master speaks.
with

masters as (
    select
        claimed_customer_number as customer_number,
        max(case when role = 'crm' and is_master then record_id end) as crm_account_id,
        max(case when role = 'crm' and is_master then source_instance end)
            as crm_source_instance,
        max(case when role = 'psa' and is_master then record_id end) as psa_group_id,
        max(case when role = 'erp' and is_master then record_id end) as erp_customer_id,
        max(case when role = 'erp' and is_master then source_instance end)
            as erp_source_instance
    from {{ ref('crosswalk_customers') }}
    where claimed_customer_number is not null
    group by claimed_customer_number
)

select
    {{ entity_key('customer', ['masters.customer_number']) }} as customer_key,
    {{ entity_key('customer', ['parents.customer_number']) }} as parent_customer_key,
    masters.customer_number,
    masters.crm_account_id,
    masters.psa_group_id,
    masters.erp_customer_id,
    coalesce(crm_customers.customer_name, customers.customer_name) as customer_name,
    crm_customers.country_code,
    coalesce(customers.currency_code, crm_customers.currency_code) as currency_code,
    'customer:' || masters.customer_number as correlation_id
from masters
left join {{ ref('crm_customers') }} as crm_customers
    on masters.crm_source_instance = crm_customers.source_instance
    and masters.crm_account_id = crm_customers.customer_id
left join {{ ref('erp_customers') }} as customers
    on masters.erp_source_instance = customers.source_instance
    and masters.erp_customer_id = customers.customer_id
left join {{ ref('crosswalk_customers') }} as parents
    on parents.role = 'crm'
    and crm_customers.source_instance = parents.source_instance
    and crm_customers.parent_customer_id = parents.record_id
