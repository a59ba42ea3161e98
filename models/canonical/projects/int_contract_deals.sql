-- Grain: one row per won deal of a project: what it adds to the contract, in the contract's
-- currency, which is the first deal's; another one's amounts are translated on the day it
-- was closed. Deals closed with the first are the contract; one closed later changes it
-- from that day on.
with

linked as (
    select
        crosswalk.project_code,
        deals.*,
        row_number() over (
            partition by crosswalk.project_code
            order by
                deals.close_date nulls last,
                deals.source_instance nulls last,
                deals.deal_id nulls last
        ) as deal_number
    from {{ ref('crosswalk_projects') }} as crosswalk
    inner join {{ ref('crm_deals') }} as deals
        on crosswalk.source_instance = deals.source_instance
        and crosswalk.record_id = deals.deal_id
    where crosswalk.role = 'crm' and crosswalk.project_code is not null
),

compared as (
    select
        linked.*,
        coalesce(firsts.currency_code, linked.currency_code) as contract_currency_code,
        coalesce(linked.currency_code, firsts.currency_code) as stated_currency_code,
        coalesce(firsts.cap_currency_code, firsts.currency_code, linked.currency_code)
            as contract_cap_currency_code,
        coalesce(linked.cap_currency_code, linked.currency_code, firsts.currency_code)
            as stated_cap_currency_code,
        case when linked.close_date > firsts.close_date then linked.close_date end
            as effective_date,
        coalesce(linked.currency_code != firsts.currency_code, false) as is_translated
    from linked
    inner join linked as firsts
        on linked.project_code = firsts.project_code
        and firsts.deal_number = 1
)

select
    compared.project_code,
    compared.source_system,
    compared.source_instance,
    compared.source_id,
    compared.source_version,
    compared.deal_id,
    compared.deal_name,
    cast(compared.deal_number as integer) as deal_number,
    compared.customer_id,
    compared.contract_type,
    compared.close_date,
    compared.effective_date,
    compared.service_start_date,
    compared.service_end_date,
    compared.contract_currency_code,
    compared.stated_currency_code,
    compared.is_translated,
    compared.is_translated and fx_rates.fx_rate is null as is_without_rate,
    coalesce(
        compared.cap_amount != 0
        and compared.stated_cap_currency_code != compared.contract_cap_currency_code
        and cap_rates.fx_rate is null, false
    ) as is_cap_without_rate,
    compared.cap_amount as stated_cap_amount,
    compared.stated_cap_currency_code,
    compared.contract_cap_currency_code,
    compared.price_amount as stated_price_amount,
    cast(case when compared.is_translated then fx_rates.fx_rate end as decimal(18, 8))
        as fx_rate,
    cast(
        case
            when compared.is_translated
                then {{ translated(
                    'compared.price_amount', 'compared.stated_currency_code',
                    'compared.contract_currency_code', 'fx_rates.fx_rate'
                ) }}
            else compared.price_amount
        end as decimal(18, 4)
    ) as price_amount,
    cast(
        case
            when compared.stated_cap_currency_code != compared.contract_cap_currency_code
                then {{ translated(
                    'compared.cap_amount', 'compared.stated_cap_currency_code',
                    'compared.contract_cap_currency_code', 'cap_rates.fx_rate'
                ) }}
            else compared.cap_amount
        end as decimal(18, 4)
    ) as cap_amount,
    cast(
        case
            when compared.is_translated
                then {{ translated(
                    'compared.fee_ceiling_amount', 'compared.stated_currency_code',
                    'compared.contract_currency_code', 'fx_rates.fx_rate'
                ) }}
            else compared.fee_ceiling_amount
        end as decimal(18, 4)
    ) as fee_ceiling_amount,
    compared.fee_rate,
    cast(
        case
            when compared.is_translated
                then {{ translated(
                    'compared.target_cost_amount', 'compared.stated_currency_code',
                    'compared.contract_currency_code', 'fx_rates.fx_rate'
                ) }}
            else compared.target_cost_amount
        end as decimal(18, 4)
    ) as target_cost_amount,
    compared.customer_share_rate
from compared
{{ join_fx_rate(
    'fx_rates', 'compared.stated_currency_code', 'compared.contract_currency_code',
    'compared.close_date'
) }}
{{ join_fx_rate(
    'cap_rates', 'compared.stated_cap_currency_code', 'compared.contract_cap_currency_code',
    'compared.close_date'
) }}
