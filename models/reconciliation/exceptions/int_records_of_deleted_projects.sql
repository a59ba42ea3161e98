-- Grain: one row per approved time entry and expense, invoice, plan and line of a contractor's
-- bill on a project that is deleted in its PSA. What time costs is another matter, which the
-- basis of cost decides.
with

deleted as (
    select
        projects.source_system,
        projects.source_instance,
        projects.project_id,
        crosswalk.project_code,
        nullif(upper(trim(projects.legal_entity_code)), '') as legal_entity_code,
        coalesce(
            crosswalk.claimed_project_code, projects.project_name, projects.project_id
        ) as project_name
    from {{ ref('psa_projects') }} as projects
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and projects.source_instance = crosswalk.source_instance
        and projects.project_id = crosswalk.record_id
    where projects.is_deleted
),

-- What names a project by its code stands on the record that has it.
spent as (

    select
        source_system,
        source_instance,
        expense_line_id as record_id,
        project_key,
        expense_date as record_date,
        currency_code,
        net_amount as amount,
        'expense ' || expense_line_id as what
    from {{ ref('fct_expenses') }}
    where is_approved

    union all

    select
        source_system,
        source_instance,
        transaction_id || '/' || line_id as record_id,
        project_key,
        bill_date as record_date,
        currency_code,
        amount,
        'bill ' || transaction_id as what
    from {{ ref('fct_vendor_bills') }}

),

stacked as (

    select
        entries.source_system,
        entries.source_instance,
        entries.time_entry_id as record_id,
        entries.time_entry_key,
        told.source_instance as psa_instance,
        told.project_id,
        entries.home_legal_entity_code,
        entries.work_date as record_date,
        cast(null as varchar) as currency_code,
        cast(null as decimal(18, 4)) as amount,
        cast(entries.worked_hours as varchar) || ' h' as what
    from {{ ref('fct_time_entries') }} as entries
    inner join {{ ref('psa_time_entries') }} as told
        on entries.source_instance = told.source_instance
        and entries.time_entry_id = told.time_entry_id
    where entries.is_approved

    union all

    select
        source_system,
        source_instance,
        invoice_id as record_id,
        cast(null as varchar) as time_entry_key,
        source_instance as psa_instance,
        project_id,
        cast(null as varchar) as home_legal_entity_code,
        invoice_date as record_date,
        currency_code,
        net_amount as amount,
        'invoice ' || coalesce(invoice_number, invoice_id) as what
    from {{ ref('psa_invoices') }}
    where not is_deleted and not is_draft and invoice_status != 'cancelled'

    union all

    select
        source_system,
        source_instance,
        allocation_id as record_id,
        cast(null as varchar) as time_entry_key,
        source_instance as psa_instance,
        project_id,
        cast(null as varchar) as home_legal_entity_code,
        start_date as record_date,
        cast(null as varchar) as currency_code,
        cast(null as decimal(18, 4)) as amount,
        cast({{ ratio('planned_minutes', 60, 2) }} as varchar) || ' h planned' as what
    from {{ ref('psa_allocations') }}
    where not is_deleted

    union all

    select
        spent.source_system,
        spent.source_instance,
        spent.record_id,
        cast(null as varchar) as time_entry_key,
        masters.source_instance as psa_instance,
        masters.record_id as project_id,
        cast(null as varchar) as home_legal_entity_code,
        spent.record_date,
        spent.currency_code,
        spent.amount,
        spent.what
    from spent
    inner join {{ ref('dim_projects') }} as projects
        on spent.project_key = projects.project_key
    inner join {{ ref('crosswalk_projects') }} as masters
        on projects.project_code = masters.project_code
        and masters.role = 'psa'
        and masters.is_master

)

select
    stacked.source_system,
    stacked.source_instance,
    stacked.record_id,
    stacked.time_entry_key,
    stacked.project_id,
    deleted.project_name,
    projects.project_key,
    coalesce(
        projects.legal_entity_code, deleted.legal_entity_code, stacked.home_legal_entity_code
    ) as legal_entity_code,
    stacked.record_date,
    stacked.currency_code,
    cast(stacked.amount as decimal(18, 4)) as amount,
    stacked.what
from stacked
inner join deleted
    on stacked.psa_instance = deleted.source_instance
    and stacked.project_id = deleted.project_id
left join {{ ref('dim_projects') }} as projects
    on deleted.project_code = projects.project_code
