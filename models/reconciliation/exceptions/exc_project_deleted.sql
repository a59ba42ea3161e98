-- Projects deleted in their PSA that something stands on, and each approved entry, invoice
-- and plan there. Figures keep them while no other project claims the code; where one does
-- they are on no project. The amount of time is what it costs.
select
    'project_deleted' as kind,
    records.what || ' on project ' || records.project_name
    || ', which is deleted in the PSA' as reason,
    records.source_system,
    records.source_instance,
    records.record_id as source_id,
    records.legal_entity_code,
    records.project_key,
    {{ period_start('periods', 'records.record_date') }} as period_month,
    cast(
        coalesce(records.amount, labour.home_actual_amount, labour.home_provisional_amount)
        as decimal(18, 4)
    ) as amount,
    coalesce(records.currency_code, labour.home_currency_code) as currency_code,
    records.record_date as since
from {{ ref('int_records_of_deleted_projects') }} as records
left join {{ ref('fct_labour_costs') }} as labour
    on records.time_entry_key = labour.time_entry_key
{{ join_period('periods', 'records.legal_entity_code', 'records.record_date') }}

union all

-- the project itself, whatever the period of a posting
select
    'project_deleted' as kind,
    'project ' || records.project_name || ' is deleted in the PSA; '
    || cast(count(*) as varchar) || ' of its entries, invoices and plans are not' as reason,
    records.source_system,
    records.source_instance,
    'project ' || records.project_id as source_id,
    min(records.legal_entity_code) as legal_entity_code,
    records.project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    min(records.record_date) as since
from {{ ref('int_records_of_deleted_projects') }} as records
where records.project_key is not null
group by
    records.project_name,
    records.source_system,
    records.source_instance,
    records.project_id,
    records.project_key
