-- Grain: one row per line of a transaction, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_ledger_lines')) }}
)

select
    transaction_id,
    line_id,
    account_id,
    entity_id,
    project_id,
    line_party_id,
    dimension_id,
    booked_line_id,
    service_date,
    memo,
    worked_hours,
    debit_amount,
    credit_amount,
    transaction_amount,
    takes_project,
    is_posting,
    {{ lineage('files') }}
from source
