-- Approved time whose cost is known in another currency than its project's books, and has
-- no rate of exchange on the day.
select
    'missing_exchange_rate_of_cost' as kind,
    cast(entries.worked_hours as varchar) || ' h of ' || cast(costed.cost_date as varchar)
    || ': no rate of exchange from ' || costed.stated_currency_code || ' to '
    || costed.currency_code || ' on that day' as reason,
    entries.source_system,
    entries.source_instance,
    entries.time_entry_id as source_id,
    costed.legal_entity_code,
    costed.project_key,
    costed.period_month,
    cast(costed.stated_amount as decimal(18, 4)) as amount,
    costed.stated_currency_code as currency_code,
    costed.cost_date as since
from (

    select
        time_entry_key,
        legal_entity_code,
        project_key,
        period_month,
        work_date as cost_date,
        coalesce(home_actual_amount, home_provisional_amount) as stated_amount,
        home_currency_code as stated_currency_code,
        currency_code
    from {{ ref('fct_labour_costs') }}
    where
        (cost_amount is null or provisional_amount is null)
        and home_provisional_amount is not null

    union all

    select
        time_entry_key,
        legal_entity_code,
        project_key,
        period_month,
        cost_date,
        stated_amount,
        stated_currency_code,
        currency_code
    from {{ ref('fct_subcontractor_costs') }}
    where cost_amount is null and stated_amount is not null

) as costed
inner join {{ ref('fct_time_entries') }} as entries
    on costed.time_entry_key = entries.time_entry_key
where
    costed.project_key is not null
    and costed.currency_code is not null
    and {{ has_rates() }}
