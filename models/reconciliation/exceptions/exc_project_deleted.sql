-- Entries, expenses, invoices, plans and bills on a project that is deleted in its PSA. Figures
-- keep them while no other project claims the code; where one does they are on no project. It is
-- deleted in all periods, whatever the day of the record: its postings wait in all. The
-- amount of time is what it costs.
select
    'project_deleted' as kind,
    records.what || ' of ' || cast(records.record_date as varchar) || ' on project '
    || records.project_name || ', which is deleted in the PSA' as reason,
    records.source_system,
    records.source_instance,
    records.record_id as source_id,
    records.legal_entity_code,
    records.project_key,
    cast(null as date) as period_month,
    cast(
        coalesce(records.amount, labour.home_actual_amount, labour.home_provisional_amount)
        as decimal(18, 4)
    ) as amount,
    coalesce(records.currency_code, labour.home_currency_code) as currency_code,
    records.record_date as since
from {{ ref('int_records_of_deleted_projects') }} as records
left join {{ ref('fct_labour_costs') }} as labour
    on records.time_entry_key = labour.time_entry_key
