-- Grain: one row per approved time entry: what its hours are worth at the standard
-- rate card, and what they bill at the rate frozen on the entry. An entry that should
-- bill and has no rate is worth null until it is priced, never 0.
with

time_entries as (
    select * from {{ ref('fct_time_entries') }}
    where is_approved
),

projects as (select * from {{ ref('dim_projects') }}),

bill_rates as (select * from {{ ref('dim_bill_rates') }}),

priced as (
    select
        time_entries.time_entry_key,
        time_entries.time_entry_id,
        time_entries.project_key,
        time_entries.obligation_key,
        time_entries.work_date,
        time_entries.period_month,
        projects.contract_currency_code,
        projects.functional_currency_code as currency_code,
        time_entries.is_billable and projects.contract_type != 'non_billable'
            as is_chargeable,
        case
            when projects.contract_type = 'non_billable' then 0
            else {{ minutes_at_rate('time_entries.worked_minutes', 'bill_rates.bill_rate') }}
        end as contract_standard_amount,
        case
            when not time_entries.is_billable or projects.contract_type = 'non_billable'
                then 0
            else {{ minutes_at_rate('time_entries.worked_minutes', 'time_entries.bill_rate') }}
        end as contract_billable_amount
    from time_entries
    inner join projects on time_entries.project_key = projects.project_key
    left join bill_rates
        on time_entries.role_name = bill_rates.role_name
        and projects.contract_currency_code = bill_rates.currency_code
        and time_entries.work_date >= bill_rates.valid_from
        and time_entries.work_date < {{ open_end('bill_rates.valid_to') }}
)

select
    priced.time_entry_key,
    priced.time_entry_id,
    priced.project_key,
    priced.obligation_key,
    priced.work_date,
    priced.period_month,
    priced.contract_currency_code,
    cast(priced.contract_billable_amount as decimal(18, 4)) as contract_billable_amount,
    priced.currency_code,
    cast({{ translated(
        'priced.contract_standard_amount', 'priced.contract_currency_code',
        'priced.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as standard_value_amount,
    cast({{ translated(
        'priced.contract_billable_amount', 'priced.contract_currency_code',
        'priced.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as billable_value_amount,
    coalesce(priced.is_chargeable, false) as is_chargeable
from priced
{{ join_fx_rate(
    'fx_rates', 'priced.contract_currency_code', 'priced.currency_code',
    'priced.work_date'
) }}
