-- Grain: one row per Kantata billing milestone; its task is what it waits for.
select
    milestones.milestone_id,
    milestones.project_id,
    milestones.task_id,
    milestones.invoice_id,
    milestones.due_date,
    milestones.milestone_title as milestone_name,
    milestones.currency_code,
    milestones.amount,
    {{ role_lineage('milestones') }}
from {{ ref('stg_kantata__billing_milestones') }} as milestones
