-- Grain: one row per time entry of a known project up to the as-of date, whatever its
-- approval: what its hours are worth in contract currency at the standard rate card, at the
-- rate recorded with them (the standard one where none is), and what those approved as
-- billable bill, fewer or more, sold as policy says; and in functional currency. A price in
-- another currency than the contract's is translated, as everything is, at the rate of
-- exchange of the day. An entry that should bill and has no rate bills null until it is
-- priced, never 0.
with

time_entries as (
    select
        time_entries.*,
        projects.contract_type,
        projects.contract_currency_code,
        {{ minor_units('projects.contract_currency_code') }} as contract_units,
        projects.functional_currency_code,
        coalesce(sold.sold_minutes, time_entries.billable_minutes) as charged_minutes,
        coalesce(sold.price_minutes, time_entries.billable_minutes) as price_minutes,
        coalesce(time_entries.currency_code, projects.contract_currency_code)
            as price_currency_code,
        price_fx.fx_rate as price_fx_rate,
        case
            when bill_rates.currency_code = projects.contract_currency_code
                then bill_rates.bill_rate
            else {{ rounded_product(['bill_rates.bill_rate', 'card_fx.fx_rate'], 6) }}
        end as standard_rate
    from {{ ref('fct_time_entries') }} as time_entries
    inner join {{ ref('dim_projects') }} as projects
        on time_entries.project_key = projects.project_key
    left join {{ ref('int_time_sold') }} as sold
        on time_entries.time_entry_key = sold.time_entry_key
    left join {{ ref('dim_project_rate_cards') }} as rate_cards
        on time_entries.project_key = rate_cards.project_key
        and time_entries.source_instance = rate_cards.source_instance
    left join {{ ref('dim_bill_rates') }} as bill_rates
        on rate_cards.source_instance = bill_rates.source_instance
        and rate_cards.rate_card_id = bill_rates.rate_card_id
        and time_entries.role_name = bill_rates.role_name
        and time_entries.work_date >= bill_rates.valid_from
        and time_entries.work_date < {{ open_end('bill_rates.valid_to') }}
    {{ join_fx_rate(
        'card_fx', 'bill_rates.currency_code', 'projects.contract_currency_code',
        'time_entries.work_date'
    ) }}
    {{ join_fx_rate(
        'price_fx', 'time_entries.currency_code', 'projects.contract_currency_code',
        'time_entries.work_date'
    ) }}
    where time_entries.work_date is not null and not time_entries.is_future
),

valued as (
    select
        *,
        {{ minutes_at_rate('worked_minutes', 'standard_rate', 'contract_units') }}
            as standard_amount,
        {{ minutes_at_rate(
            'worked_minutes', 'bill_rate', minor_units('price_currency_code')
        ) }} as price_recorded_amount,
        {{ minutes_at_rate(
            'price_minutes', 'bill_rate', minor_units('price_currency_code')
        ) }} as price_billable_amount,
        case
            when price_currency_code = contract_currency_code then bill_rate
            else {{ rounded_product(['bill_rate', 'price_fx_rate'], 6) }}
        end as contract_bill_rate
    from time_entries
),

in_contract_currency as (
    select
        *,
        case
            when bill_rate is null then standard_amount
            else {{ translated(
                'price_recorded_amount', 'price_currency_code', 'contract_currency_code',
                'price_fx_rate'
            ) }}
        end as recorded_amount,
        {{ translated(
            'price_billable_amount', 'price_currency_code', 'contract_currency_code',
            'price_fx_rate'
        ) }} as billable_amount
    from valued
),

priced as (
    select
        *,
        case when contract_type = 'non_billable' then 0 else standard_amount end
            as contract_standard_amount,
        case when contract_type = 'non_billable' then 0 else recorded_amount end
            as contract_recorded_amount,
        case
            when contract_type = 'non_billable' or charged_minutes = 0 then 0
            else billable_amount
        end as contract_billable_amount,
        coalesce(is_billable and coalesce(contract_type, '') != 'non_billable', false)
            as is_chargeable,
        case when contract_type = 'non_billable' then 0 else charged_minutes end
            as chargeable_minutes
    from in_contract_currency
)

select
    priced.time_entry_key,
    priced.project_key,
    priced.obligation_key,
    priced.time_entry_id,
    priced.invoice_id,
    priced.work_date,
    cast(priced.approved_at as date) as approved_date,
    priced.period_month,
    priced.worked_minutes,
    cast(priced.chargeable_minutes as bigint) as chargeable_minutes,
    case
        when priced.price_minutes != priced.charged_minutes
            then cast(
                {{ ratio('priced.price_minutes', 'priced.charged_minutes', 6) }}
                as decimal(18, 6)
            )
    end as price_factor,
    priced.role_name,
    priced.bill_rate,
    priced.price_currency_code,
    cast(priced.contract_bill_rate as decimal(18, 6)) as contract_bill_rate,
    cast(priced.standard_rate as decimal(18, 6)) as contract_standard_rate,
    priced.contract_currency_code,
    priced.contract_standard_amount,
    priced.contract_recorded_amount,
    priced.contract_billable_amount,
    priced.functional_currency_code as currency_code,
    cast({{ translated(
        'priced.contract_standard_amount', 'priced.contract_currency_code',
        'priced.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as standard_value_amount,
    cast({{ translated(
        'priced.contract_billable_amount', 'priced.contract_currency_code',
        'priced.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as billable_value_amount,
    priced.is_approved,
    priced.approval_status = 'pending' as is_pending,
    priced.is_chargeable,
    priced.source_instance
from priced
{{ join_fx_rate(
    'fx_rates', 'priced.contract_currency_code', 'priced.functional_currency_code',
    'priced.work_date'
) }}
