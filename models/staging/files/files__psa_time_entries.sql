-- Grain: one row per time entry; each column is as its feed declares it.
select
    said.time_entry_id,
    said.project_id,
    said.person_id,
    said.task_id,
    said.invoice_id,
    said.role_name,
    said.work_date,
    said.entered_at,
    said.approved_at,
    said.approval_status,
    said.worked_minutes,
    said.billable_minutes,
    said.currency_code,
    said.bill_rate,
    said.is_billable,
    {{ role_lineage('said') }}
from {{ ref('stg_files__psa_time_entries') }} as said
