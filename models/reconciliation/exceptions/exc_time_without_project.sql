-- Approved time on a project of the PSA whose code tells no project, or on none: no figure
-- has it. Time on a deleted project is named as that.
select
    'time_without_project' as kind,
    cast(entries.worked_hours as varchar) || ' h of ' || cast(entries.work_date as varchar)
    || case
        when told.project_id is null then ' name no project'
        else
            ' are on project ' || told.project_id
            || ', which has no code or one that is claimed twice'
    end as reason,
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
from {{ ref('fct_time_entries') }} as entries
inner join {{ ref('psa_time_entries') }} as told
    on entries.source_instance = told.source_instance
    and entries.time_entry_id = told.time_entry_id
left join {{ ref('psa_projects') }} as deleted
    on told.source_instance = deleted.source_instance
    and told.project_id = deleted.project_id
    and deleted.is_deleted
left join {{ ref('fct_labour_costs') }} as labour
    on entries.time_entry_key = labour.time_entry_key
where
    entries.is_approved
    and entries.project_key is null
    and deleted.project_id is null
