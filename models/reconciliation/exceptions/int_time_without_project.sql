-- Grain: one row per approved time entry on no project that is known, or none at all. Of a
-- deleted project it is in int_records_of_deleted_projects.
select
    entries.time_entry_key,
    entries.time_entry_id,
    entries.source_system,
    entries.source_instance,
    entries.home_legal_entity_code,
    entries.period_month,
    entries.work_date,
    cast(entries.worked_hours as varchar) || ' h of ' || cast(entries.work_date as varchar)
    || case
        when told.project_id is null then ' name no project'
        else
            ' are on project ' || told.project_id
            || ', which has no code or one that is claimed twice'
    end as reason
from {{ ref('fct_time_entries') }} as entries
inner join {{ ref('psa_time_entries') }} as told
    on entries.source_instance = told.source_instance
    and entries.time_entry_id = told.time_entry_id
left join {{ ref('psa_projects') }} as deleted
    on told.source_instance = deleted.source_instance
    and told.project_id = deleted.project_id
    and deleted.is_deleted
where
    entries.is_approved
    and entries.project_key is null
    and deleted.project_id is null
