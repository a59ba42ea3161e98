-- Grain: one row per line of a transaction; each column is as its feed declares it.
select
    said.transaction_id,
    said.line_id,
    said.account_id,
    said.entity_id,
    said.project_id,
    said.line_party_id,
    said.dimension_id,
    said.booked_line_id,
    said.service_date,
    said.memo,
    said.worked_hours,
    said.debit_amount,
    said.credit_amount,
    said.transaction_amount,
    said.takes_project,
    said.is_posting,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_ledger_lines') }} as said
