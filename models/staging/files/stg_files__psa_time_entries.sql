-- Grain: one row per time entry, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'psa_time_entries')) }}
)

select
    time_entry_id,
    project_id,
    person_id,
    task_id,
    invoice_id,
    role_name,
    work_date,
    entered_at,
    approved_at,
    approval_status,
    worked_minutes,
    billable_minutes,
    currency_code,
    bill_rate,
    is_billable,
    {{ lineage('files') }}
from source
