-- Grain: one row per Timebook job. All are charged by the hour; what a job was sold for,
-- to whom, and who manages it, Timebook does not know.
select
    jobs.job_code as project_id,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as manager_person_id,
    jobs.job_code as project_code,
    cast(null as timestamp) as project_code_landed_at,
    cast(null as varchar) as rate_card_id,
    cast(null as date) as start_date,
    cast(null as date) as end_date,
    jobs.job_name as project_name,
    cast(null as varchar) as project_status,
    jobs.legal_entity_code,
    jobs.practice_code,
    'time_and_materials' as contract_type,
    jobs.currency_code,
    cast(null as decimal(18, 4)) as price_amount,
    cast(null as decimal(18, 4)) as expense_budget_amount,
    cast(null as varchar) as expense_budget_currency_code,
    false as is_archived,
    {{ role_lineage('jobs') }}
from {{ ref('stg_timebook__jobs') }} as jobs
