-- Grain: one row per time entry lent for a share of what its hours bill: the entry's own
-- rate where it bills at one, else the standard rate of its role on the day; translated
-- from the contract's currency to the provider's before the share is taken.
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
        {{ minutes_at_rate(
            'lent.worked_minutes',
            'coalesce(case when lent.is_billable then lent.bill_rate end, '
            ~ 'bill_rates.bill_rate)',
            minor_units('lent.contract_currency_code')
        ) }} as contract_value_amount
    from lent
    left join {{ ref('dim_bill_rates') }} as bill_rates
        on lent.source_instance = bill_rates.source_instance
        and lent.role_name = bill_rates.role_name
        and lent.contract_currency_code = bill_rates.currency_code
        and lent.work_date >= bill_rates.valid_from
        and lent.work_date < bill_rates.valid_to
),

in_provider_currency as (
    select
        valued.*,
        {{ translated(
            'valued.contract_value_amount', 'valued.contract_currency_code',
            'valued.currency_code', 'fx_rates.fx_rate'
        ) }} as value_amount
    from valued
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
