-- Grain: one row per customer; each column is as its feed declares it.
select
    said.customer_id,
    said.parent_customer_id,
    said.customer_number,
    said.customer_name,
    said.currency_code,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_customers') }} as said
