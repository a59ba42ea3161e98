-- Grain: one row per Timebook entry. What a manager signed off is approved, and all that
-- was worked is charged.
select
    hours.entry_number as time_entry_id,
    hours.job_code as project_id,
    hours.login as person_id,
    cast(null as varchar) as task_id,
    cast(null as varchar) as invoice_id,
    cast(null as varchar) as role_name,
    hours.work_date,
    cast(null as timestamp) as entered_at,
    cast(null as timestamp) as approved_at,
    case when hours.is_signed_off then 'approved' else 'pending' end as approval_status,
    hours.worked_minutes,
    hours.worked_minutes as billable_minutes,
    jobs.currency_code,
    hours.bill_rate,
    true as is_billable,
    {{ role_lineage('hours') }}
from {{ ref('stg_timebook__hours') }} as hours
left join {{ ref('stg_timebook__jobs') }} as jobs
    on hours.source_instance = jobs.source_instance
    and hours.job_code = jobs.job_code
