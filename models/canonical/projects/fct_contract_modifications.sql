-- Grain: one row per won deal that changes another, and per obligation that a deal won later
-- adds to: price, cap or end of an obligation (the first, unless it names one) from its
-- effective date on. Amounts in another currency than the contract's, or than its cap's, are
-- translated at that day's rate. A change of a deal that no project delivers has no obligation.
with

amended as (
    select
        {{ entity_key('modification', ['changes.source_instance', 'changes.deal_change_id']) }}
            as modification_key,
        crosswalk.project_code,
        changes.obligation_code,
        changes.effective_date,
        changes.service_end_date,
        changes.change_name as modification_name,
        changes.treatment,
        changes.currency_code as stated_currency_code,
        coalesce(changes.price_change_amount, 0) as price_amount,
        coalesce(changes.cap_change_amount, 0) as cap_amount,
        changes.currency_code as stated_cap_currency_code,
        {{ correlation_id('changes', 'modification') }} as correlation_id,
        {{ source_coordinates('changes') }}
    from {{ ref('crm_deal_changes') }} as changes
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'crm'
        and changes.source_instance = crosswalk.source_instance
        and changes.amended_deal_id = crosswalk.record_id
    where
        changes.is_won
        and changes.effective_date is not null
        and not changes.is_deleted
),

added as (
    select
        {{ entity_key('modification', [
            'deals.source_instance', 'deals.deal_id', 'deals.obligation_code'
        ]) }} as modification_key,
        deals.project_code,
        deals.obligation_code,
        deals.effective_date,
        deals.extended_end_date as service_end_date,
        deals.deal_name as modification_name,
        cast(null as varchar) as treatment,
        deals.contract_currency_code as stated_currency_code,
        coalesce(deals.price_amount, 0) as price_amount,
        coalesce(deals.cap_amount, 0) as cap_amount,
        cast(null as varchar) as stated_cap_currency_code,
        {{ correlation_id('deals', 'modification') }} as correlation_id,
        {{ source_coordinates('deals') }}
    from {{ ref('int_deal_obligations') }} as deals
    where deals.is_change
),

stacked as (

    select * from amended

    union all

    select * from added

),

placed as (
    select
        stacked.*,
        obligations.obligation_key,
        obligations.project_key,
        obligations.obligation_code as changed_code,
        coalesce(stacked.treatment, obligations.modification_treatment) as treated,
        coalesce(obligations.contract_currency_code, stacked.stated_currency_code)
            as currency_code,
        obligations.cap_currency_code,
        coalesce(stacked.stated_cap_currency_code, obligations.cap_currency_code)
            as signed_cap_currency_code,
        coalesce(
            stacked.stated_currency_code != obligations.contract_currency_code, false
        ) as is_translated
    from stacked
    left join {{ ref('dim_obligations') }} as obligations
        on stacked.project_code = obligations.project_code
        and case
            when stacked.obligation_code is null then obligations.is_first
            else stacked.obligation_code = obligations.obligation_code
        end
)

select
    placed.modification_key,
    placed.obligation_key,
    placed.project_key,
    placed.project_code,
    placed.changed_code as obligation_code,
    placed.effective_date,
    placed.service_end_date,
    placed.modification_name,
    placed.treated as treatment,
    placed.currency_code,
    {{ round_money(changed_amount('price'), 'placed.currency_code') }}
        as price_change_amount,
    cast(
        case
            when placed.signed_cap_currency_code != placed.cap_currency_code
                then coalesce({{ translated(
                    'placed.cap_amount', 'placed.signed_cap_currency_code',
                    'placed.cap_currency_code', 'cap_rates.fx_rate'
                ) }}, 0)
            else placed.cap_amount
        end as decimal(18, 4)
    ) as cap_change_amount,
    placed.is_translated,
    placed.is_translated and fx_rates.fx_rate is null as is_without_rate,
    coalesce(
        placed.cap_amount != 0
        and placed.signed_cap_currency_code != placed.cap_currency_code
        and cap_rates.fx_rate is null, false
    ) as is_cap_without_rate,
    placed.signed_cap_currency_code as stated_cap_currency_code,
    placed.cap_currency_code,
    cast(placed.cap_amount as decimal(18, 4)) as stated_cap_change_amount,
    placed.stated_currency_code,
    cast(placed.price_amount as decimal(18, 4)) as stated_price_change_amount,
    cast(case when placed.is_translated then fx_rates.fx_rate end as decimal(18, 8))
        as fx_rate,
    placed.correlation_id,
    placed.source_system,
    placed.source_instance,
    placed.source_id,
    placed.source_version
from placed
{{ join_fx_rate(
    'fx_rates', 'placed.stated_currency_code', 'placed.currency_code',
    'placed.effective_date'
) }}
{{ join_fx_rate(
    'cap_rates', 'placed.signed_cap_currency_code', 'placed.cap_currency_code',
    'placed.effective_date'
) }}
