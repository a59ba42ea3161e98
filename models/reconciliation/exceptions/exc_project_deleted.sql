-- Approved time, invoices and plans of a project that is deleted in its PSA: what stands on
-- it goes to no project that the PSA has. The amount of time is what it costs.
with

deleted as (
    select
        source_instance,
        project_id,
        nullif(upper(trim(project_code)), '') as project_code,
        nullif(upper(trim(legal_entity_code)), '') as legal_entity_code,
        coalesce(project_name, project_id) as project_name
    from {{ ref('psa_projects') }}
    where is_deleted
),

stacked as (

    select
        entries.source_system,
        entries.source_instance,
        entries.time_entry_id as source_id,
        entries.project_id,
        entries.home_legal_entity_code,
        entries.work_date as since,
        entries.period_month,
        labour.home_currency_code as currency_code,
        coalesce(labour.home_actual_amount, labour.home_provisional_amount) as amount,
        cast(entries.worked_hours as varchar) || ' h' as what
    from (
        select
            facts.*,
            told.project_id
        from {{ ref('fct_time_entries') }} as facts
        inner join {{ ref('psa_time_entries') }} as told
            on facts.source_instance = told.source_instance
            and facts.time_entry_id = told.time_entry_id
        where facts.is_approved
    ) as entries
    left join {{ ref('fct_labour_costs') }} as labour
        on entries.time_entry_key = labour.time_entry_key

    union all

    select
        source_system,
        source_instance,
        invoice_id as source_id,
        project_id,
        cast(null as varchar) as home_legal_entity_code,
        invoice_date as since,
        {{ month_start('invoice_date') }} as period_month,
        currency_code,
        net_amount as amount,
        'invoice ' || coalesce(invoice_number, invoice_id) as what
    from {{ ref('psa_invoices') }}
    where not is_deleted and not is_draft and invoice_status != 'cancelled'

    union all

    select
        source_system,
        source_instance,
        allocation_id as source_id,
        project_id,
        cast(null as varchar) as home_legal_entity_code,
        start_date as since,
        {{ month_start('start_date') }} as period_month,
        cast(null as varchar) as currency_code,
        cast(null as decimal(18, 4)) as amount,
        cast({{ ratio('planned_minutes', 60, 2) }} as varchar) || ' h planned' as what
    from {{ ref('psa_allocations') }}
    where not is_deleted

)

select
    'project_deleted' as kind,
    stacked.what || ' on project ' || coalesce(deleted.project_code, deleted.project_name)
    || ', which is deleted in the PSA' as reason,
    stacked.source_system,
    stacked.source_instance,
    stacked.source_id,
    coalesce(
        projects.legal_entity_code, deleted.legal_entity_code, stacked.home_legal_entity_code
    ) as legal_entity_code,
    projects.project_key,
    stacked.period_month,
    stacked.amount,
    stacked.currency_code,
    stacked.since
from stacked
inner join deleted
    on stacked.source_instance = deleted.source_instance
    and stacked.project_id = deleted.project_id
left join {{ ref('dim_projects') }} as projects
    on deleted.project_code = projects.project_code
