-- Grain: one row per time entry lent for a share of what its hours bill: those charged at
-- the entry's own rate where it bills at one, the others of those worked, or taken back, at
-- the standard rate of its role on the day; translated from the contract's currency to the
-- provider's before the share is taken.
with

lent as (
    select * from {{ ref('int_time_lent') }}
    where transfer_price_method = 'percent_of_bill_rate'
),

valued as (
    select
        lent.time_entry_key,
        lent.work_date,
        lent.contract_currency_code,
        lent.currency_code,
        lent.transfer_rate,
        case when lent.is_billable then lent.chargeable_minutes else 0 end as own_minutes,
        lent.worked_minutes,
        lent.billable_amount,
        lent.standard_rate
    from lent
),

in_contract_currency as (
    select
        *,
        case
            when own_minutes = 0 then 0
            else coalesce(
                billable_amount, {{ minutes_at_rate(
                    'own_minutes', 'standard_rate', minor_units('contract_currency_code')
                ) }}
            )
        end
        + case
            when
                (worked_minutes > 0 and worked_minutes > own_minutes)
                or (worked_minutes < 0 and worked_minutes < own_minutes)
                then {{ minutes_at_rate(
                    'worked_minutes - own_minutes', 'standard_rate',
                    minor_units('contract_currency_code')
                ) }}
            else 0
        end as contract_value_amount
    from valued
),

in_provider_currency as (
    select
        valued.*,
        {{ translated(
            'valued.contract_value_amount', 'valued.contract_currency_code',
            'valued.currency_code', 'fx_rates.fx_rate'
        ) }} as value_amount
    from in_contract_currency as valued
    {{ join_fx_rate(
        'fx_rates', 'valued.contract_currency_code', 'valued.currency_code',
        'valued.work_date'
    ) }}
)

select
    time_entry_key,
    currency_code,
    {{ round_money(
        'cast(value_amount as decimal(19, 4)) * transfer_rate', 'currency_code'
    ) }} as charge_amount
from in_provider_currency
