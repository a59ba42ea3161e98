-- Projects deleted in their PSA that something stands on, and each approved entry, invoice
-- and plan there. Figures keep them while no other project claims the code; where one does
-- they are on no project. The amount of time is what it costs.
with

deleted as (
    select
        projects.source_system,
        projects.source_instance,
        projects.project_id,
        projects.end_date,
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

stacked as (

    select
        entries.source_system,
        entries.source_instance,
        entries.time_entry_id as source_id,
        told.project_id,
        entries.home_legal_entity_code,
        entries.work_date as since,
        labour.home_currency_code as currency_code,
        coalesce(labour.home_actual_amount, labour.home_provisional_amount) as amount,
        cast(entries.worked_hours as varchar) || ' h' as what
    from {{ ref('fct_time_entries') }} as entries
    inner join {{ ref('psa_time_entries') }} as told
        on entries.source_instance = told.source_instance
        and entries.time_entry_id = told.time_entry_id
    left join {{ ref('fct_labour_costs') }} as labour
        on entries.time_entry_key = labour.time_entry_key
    where entries.is_approved

    union all

    select
        source_system,
        source_instance,
        invoice_id as source_id,
        project_id,
        cast(null as varchar) as home_legal_entity_code,
        invoice_date as since,
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
        cast(null as varchar) as currency_code,
        cast(null as decimal(18, 4)) as amount,
        cast({{ ratio('planned_minutes', 60, 2) }} as varchar) || ' h planned' as what
    from {{ ref('psa_allocations') }}
    where not is_deleted

),

standing as (
    select
        stacked.*,
        deleted.project_code,
        deleted.project_name,
        coalesce(
            projects.legal_entity_code, deleted.legal_entity_code,
            stacked.home_legal_entity_code
        ) as legal_entity_code,
        projects.project_key
    from stacked
    inner join deleted
        on stacked.source_instance = deleted.source_instance
        and stacked.project_id = deleted.project_id
    left join {{ ref('dim_projects') }} as projects
        on deleted.project_code = projects.project_code
)

select
    'project_deleted' as kind,
    standing.what || ' on project ' || standing.project_name
    || ', which is deleted in the PSA' as reason,
    standing.source_system,
    standing.source_instance,
    standing.source_id,
    standing.legal_entity_code,
    standing.project_key,
    {{ period_start('periods', 'standing.since') }} as period_month,
    cast(standing.amount as decimal(18, 4)) as amount,
    standing.currency_code,
    standing.since
from standing
{{ join_period('periods', 'standing.legal_entity_code', 'standing.since') }}

union all

-- the project itself, whatever the period of a posting
select
    'project_deleted' as kind,
    'project ' || deleted.project_name || ' is deleted in the PSA; '
    || cast(count(*) as varchar) || ' of its entries, invoices and plans are not' as reason,
    deleted.source_system,
    deleted.source_instance,
    'project ' || deleted.project_id as source_id,
    min(standing.legal_entity_code) as legal_entity_code,
    standing.project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    min(standing.since) as since
from deleted
inner join standing
    on deleted.source_instance = standing.source_instance
    and deleted.project_id = standing.project_id
where standing.project_key is not null
group by
    deleted.project_name,
    deleted.source_system,
    deleted.source_instance,
    deleted.project_id,
    standing.project_key
