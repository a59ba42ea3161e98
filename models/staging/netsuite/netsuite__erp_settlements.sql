-- Grain: one row per settlement: none. NetSuite's links of transactions are not landed; it
-- is taken at its word on the day it closed an invoice or bill.
select
    headers.transaction_id as settlement_id,
    headers.transaction_id,
    headers.transaction_id as settling_transaction_id,
    headers.close_date as settled_date,
    cast(null as decimal(18, 4)) as settled_amount,
    {{ role_lineage('headers') }}
from {{ ref('stg_netsuite__transactions') }} as headers
where false
