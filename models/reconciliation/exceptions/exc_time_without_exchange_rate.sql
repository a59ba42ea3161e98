-- Grain: one row per approved time entry that bills at a price nobody can translate: the
-- price into the contract's currency, or the contract's into the books'. It earns nothing
-- until there is a rate of exchange.
with

untranslated as (
    select
        time_values.*,
        projects.legal_entity_code,
        case
            when time_values.contract_billable_amount is null
                then time_values.price_currency_code
            else time_values.contract_currency_code
        end as from_currency_code,
        case
            when time_values.contract_billable_amount is null
                then time_values.contract_currency_code
            else time_values.currency_code
        end as to_currency_code
    from {{ ref('fct_time_values') }} as time_values
    inner join {{ ref('dim_projects') }} as projects
        on time_values.project_key = projects.project_key
    where
        time_values.billable_value_amount is null
        and time_values.bill_rate is not null
        and {{ has_role('erp') }}
)

select
    cast('time_without_exchange_rate' as varchar) as kind,
    cast(
        'Time entry ' || untranslated.time_entry_id || ' of '
        || cast(untranslated.work_date as varchar) || ' bills in '
        || untranslated.price_currency_code || '; there is no rate of exchange from '
        || untranslated.from_currency_code || ' to ' || untranslated.to_currency_code
        || ' on that day' as varchar
    ) as reason,
    time_entries.source_system,
    time_entries.source_instance,
    time_entries.source_id,
    untranslated.legal_entity_code,
    untranslated.project_key,
    untranslated.period_month,
    {{ minutes_at_rate(
        'untranslated.chargeable_minutes', 'untranslated.bill_rate',
        minor_units('untranslated.price_currency_code')
    ) }} as amount,
    untranslated.price_currency_code as currency_code,
    untranslated.work_date as since
from untranslated
inner join {{ ref('fct_time_entries') }} as time_entries
    on untranslated.time_entry_key = time_entries.time_entry_key
