-- Grain: one row per won deal, or change of one, that was signed in another currency than
-- the contract it belongs to, or changes its cap in one that has no rate to the cap's.
with

signed as (

    select
        changes.project_key,
        'change ' || coalesce(changes.modification_name, changes.source_id) as record_name,
        changes.effective_date as signed_date,
        changes.is_without_rate,
        changes.stated_currency_code,
        changes.stated_price_change_amount as stated_amount,
        changes.currency_code,
        changes.price_change_amount as counted_amount,
        {{ source_coordinates('changes') }}
    from {{ ref('fct_contract_modifications') }} as changes
    where
        changes.is_translated
        and changes.stated_price_change_amount != 0
        and (changes.is_without_rate or not changes.is_cap_without_rate)

    union all

    select
        changes.project_key,
        'change ' || coalesce(changes.modification_name, changes.source_id)
        || ' of the cap' as record_name,
        changes.effective_date as signed_date,
        true as is_without_rate,
        changes.stated_cap_currency_code as stated_currency_code,
        changes.stated_cap_change_amount as stated_amount,
        changes.cap_currency_code as currency_code,
        changes.cap_change_amount as counted_amount,
        {{ source_coordinates('changes') }}
    from {{ ref('fct_contract_modifications') }} as changes
    where
        changes.is_cap_without_rate
        and not (changes.is_without_rate and changes.stated_price_change_amount != 0)

    union all

    select
        projects.project_key,
        'deal ' || coalesce(deals.deal_name, deals.deal_id) as record_name,
        deals.close_date as signed_date,
        deals.is_without_rate,
        deals.stated_currency_code,
        deals.stated_price_amount as stated_amount,
        deals.contract_currency_code as currency_code,
        deals.price_amount as counted_amount,
        {{ source_coordinates('deals') }}
    from {{ ref('int_contract_deals') }} as deals
    inner join {{ ref('dim_projects') }} as projects
        on deals.project_code = projects.project_code
    where deals.is_translated

    union all

    select
        projects.project_key,
        'the cap of deal ' || coalesce(deals.deal_name, deals.deal_id) as record_name,
        deals.close_date as signed_date,
        true as is_without_rate,
        deals.stated_cap_currency_code as stated_currency_code,
        deals.stated_cap_amount as stated_amount,
        deals.contract_cap_currency_code as currency_code,
        deals.cap_amount as counted_amount,
        {{ source_coordinates('deals') }}
    from {{ ref('int_contract_deals') }} as deals
    inner join {{ ref('dim_projects') }} as projects
        on deals.project_code = projects.project_code
    where deals.is_cap_without_rate and not deals.is_without_rate

)

select
    project_key,
    record_name,
    signed_date,
    is_without_rate,
    stated_currency_code,
    cast(stated_amount as decimal(18, 4)) as stated_amount,
    currency_code,
    cast(counted_amount as decimal(18, 4)) as counted_amount,
    source_system,
    source_instance,
    source_id,
    source_version
from signed
