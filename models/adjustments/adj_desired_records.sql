-- Grain: one row per record that another system should hold, or hold otherwise, and does not.
select
    posting_key,
    kind,
    target_system,
    record_type,
    record_id,
    record_fields,
    legal_entity_code,
    project_code,
    period_month,
    posting_date,
    policy_action,
    hold_reason,
    hold_owner,
    correlation_id,
    source_ids
from {{ ref('adj_project_shells') }}

union all

select
    posting_key,
    kind,
    target_system,
    record_type,
    record_id,
    record_fields,
    legal_entity_code,
    project_code,
    period_month,
    posting_date,
    policy_action,
    hold_reason,
    hold_owner,
    correlation_id,
    source_ids
from {{ ref('adj_invoice_proposals') }}

union all

select
    posting_key,
    kind,
    target_system,
    record_type,
    record_id,
    record_fields,
    legal_entity_code,
    project_code,
    period_month,
    posting_date,
    policy_action,
    hold_reason,
    hold_owner,
    correlation_id,
    source_ids
from {{ ref('adj_master_data') }}
