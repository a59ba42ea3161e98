-- Grain: one row per main account of a chart. What the firm says of a category counts
-- before the type, which knows no receivables; of a type that is on either side of a
-- statement nothing is guessed, and the contract's test names the account.
with

categorised as (
    select
        main_accounts.*,
        ' ' || categories.setting_value || ' ' as told,
        ' ' || main_accounts.account_category || '=' as named
    from {{ ref('stg_dynamics365__main_accounts') }} as main_accounts
    left join {{ ref('stg_landing__settings') }} as categories
        on main_accounts.source_instance = categories.source_instance
        and categories.setting = 'values.account_categories'
)

select
    categorised.account_id,
    categorised.account_number,
    categorised.account_name,
    case
        when replace(categorised.told, categorised.named, '') != categorised.told
            then split_part(split_part(categorised.told, categorised.named, 2), ' ', 1)
        when categorised.account_type = 'Asset' then 'other_asset'
        when categorised.account_type = 'Liability' then 'other_liability'
        when categorised.account_type = 'Equity' then 'equity'
        when categorised.account_type = 'Revenue' then 'income'
        when categorised.account_type = 'Expense' then 'expense'
        when categorised.account_type in ('Total', 'Reporting') then 'non_posting'
    end as account_class,
    categorised.account_type,
    categorised.is_suspended as is_inactive,
    {{ role_lineage('categorised') }}
from categorised
