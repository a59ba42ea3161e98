-- Grain: one row per NetSuite accounting line. Its transaction line, the same in every
-- book, has the coding; one that is gone codes nothing. A line names a job or a party
-- in one field.
select
    posting_lines.transaction_id,
    posting_lines.line_id,
    posting_lines.account_id,
    details.subsidiary_id as entity_id,
    jobs.project_id,
    details.entity_id as line_party_id,
    details.department_id as dimension_id,
    details.source_line_id as booked_line_id,
    details.service_month as service_date,
    details.memo,
    details.worked_hours,
    posting_lines.debit_amount,
    posting_lines.credit_amount,
    details.foreign_amount as transaction_amount,
    true as takes_project,
    coalesce(posting_lines.is_posting, false) as is_posting,
    {{ role_lineage('posting_lines') }}
from {{ ref('stg_netsuite__accounting_lines') }} as posting_lines
left join {{ ref('stg_netsuite__transaction_lines') }} as details
    on posting_lines.source_instance = details.source_instance
    and posting_lines.transaction_id = details.transaction_id
    and posting_lines.line_id = details.line_id
    and not details.is_deleted
left join {{ ref('stg_netsuite__projects') }} as jobs
    on details.source_instance = jobs.source_instance
    and details.entity_id = jobs.project_id
