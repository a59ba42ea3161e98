-- Grain: one row per NetSuite customer; its entity id is the firm's number of it.
select
    customers.customer_id,
    customers.parent_customer_id,
    customers.customer_number,
    customers.customer_name,
    currencies.currency_code,
    {{ role_lineage('customers') }}
from {{ ref('stg_netsuite__customers') }} as customers
left join {{ ref('stg_netsuite__currencies') }} as currencies
    on customers.source_instance = currencies.source_instance
    and customers.currency_id = currencies.currency_id
