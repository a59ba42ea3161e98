-- Approved time lent to another entity that no transfer price charges. What costs nothing
-- known is named for its cost.
select
    'missing_transfer_price' as kind,
    cast(entries.worked_hours as varchar) || ' h of ' || cast(charges.work_date as varchar)
    || ' lent by ' || charges.provider_entity_code || ' to ' || charges.receiver_entity_code
    || ': no transfer price' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    charges.receiver_entity_code as legal_entity_code,
    charges.project_key,
    charges.period_month,
    cast(null as decimal(18, 4)) as amount,
    charges.currency_code,
    charges.work_date as since
from {{ ref('fct_intercompany_charges') }} as charges
inner join {{ ref('fct_time_entries') }} as entries
    on charges.time_entry_key = entries.time_entry_key
where
    charges.charge_amount is null
    and charges.cost_amount is not null
    and {{ has_rates() }}
