-- Grain: one row per transaction of the ledger, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_transactions')) }}
)

select
    transaction_id,
    external_id,
    period_id,
    party_id,
    transaction_date,
    due_date,
    closed_date,
    document_type,
    transaction_type,
    transaction_number,
    transaction_currency_code,
    memo,
    {{ lineage('files') }}
from source
