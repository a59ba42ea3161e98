-- Grain: one row per Kantata billing milestone; its task is what it waits for. One of a fixed
-- date waits for that, whatever task it is beside. Of one that waits for a task that is gone
-- the date is a plan and makes nothing due.
select
    milestones.milestone_id,
    milestones.project_id,
    case when coalesce(milestones.billing_type, '') != 'fixed_date' then milestones.task_id end
        as task_id,
    milestones.invoice_id,
    case
        when milestones.billing_type = 'fixed_date' or milestones.task_id is not null
            then milestones.due_date
    end as due_date,
    milestones.milestone_title as milestone_name,
    milestones.currency_code,
    milestones.amount,
    {{ role_lineage('milestones') }}
from {{ ref('stg_kantata__billing_milestones') }} as milestones
