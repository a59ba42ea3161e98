-- Approved time of a contractor whose hours no order of the project prices.
select
    'missing_order_rate' as kind,
    cast(entries.worked_hours as varchar) || ' h of a contractor on '
    || cast(costed.cost_date as varchar) || ': no order of the project has a rate for them'
        as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    costed.legal_entity_code,
    costed.project_key,
    costed.period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    costed.cost_date as since
from {{ ref('fct_subcontractor_costs') }} as costed
inner join {{ ref('fct_time_entries') }} as entries
    on costed.time_entry_key = entries.time_entry_key
where
    costed.cost_amount is null
    and costed.hourly_rate is null
    and costed.project_key is not null
    and {{ has_role('spend') }}
