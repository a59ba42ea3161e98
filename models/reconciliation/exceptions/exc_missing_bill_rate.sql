-- Approved billable time on a contract by the hour without a rate to bill it at: its revenue
-- is not known.
select
    'missing_bill_rate' as kind,
    cast(entries.worked_hours as varchar) || ' billable h of '
    || cast(time_values.work_date as varchar) || ' as '
    || coalesce(entries.role_name, 'no role') || ' have no rate in '
    || coalesce(time_values.contract_currency_code, 'a contract without a currency') as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    projects.legal_entity_code,
    time_values.project_key,
    time_values.period_month,
    cast(null as decimal(18, 4)) as amount,
    time_values.contract_currency_code as currency_code,
    time_values.work_date as since
from {{ ref('fct_time_values') }} as time_values
inner join {{ ref('fct_time_entries') }} as entries
    on time_values.time_entry_key = entries.time_entry_key
inner join {{ ref('dim_projects') }} as projects
    on time_values.project_key = projects.project_key
left join {{ ref('dim_obligations') }} as obligations
    on time_values.obligation_key = obligations.obligation_key
where
    time_values.contract_billable_amount is null
    and time_values.bill_rate is null
    and coalesce(obligations.revenue_method, 'time_and_materials')
    in ('time_and_materials', 'time_and_materials_capped')
