-- Grain: one row per transaction of the ledger; each column is as its feed declares it.
select
    said.transaction_id,
    said.external_id,
    said.period_id,
    said.party_id,
    said.transaction_date,
    said.due_date,
    said.closed_date,
    said.document_type,
    said.transaction_type,
    said.transaction_number,
    said.transaction_currency_code,
    said.memo,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_transactions') }} as said
