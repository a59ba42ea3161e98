-- Grain: one row per customer, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_customers')) }}
)

select
    customer_id,
    parent_customer_id,
    customer_number,
    customer_name,
    currency_code,
    {{ lineage('files') }}
from source
