-- Approved time on a project of the PSA whose code tells no project, or on none: no figure
-- has it. Time on a deleted project is named as that.
select
    'time_without_project' as kind,
    entries.reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    entries.home_legal_entity_code as legal_entity_code,
    cast(null as varchar) as project_key,
    entries.period_month,
    cast(
        coalesce(labour.home_actual_amount, labour.home_provisional_amount) as decimal(18, 4)
    ) as amount,
    labour.home_currency_code as currency_code,
    entries.work_date as since
from {{ ref('int_time_without_project') }} as entries
left join {{ ref('fct_labour_costs') }} as labour
    on entries.time_entry_key = labour.time_entry_key
