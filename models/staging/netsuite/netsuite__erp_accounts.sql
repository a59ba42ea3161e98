-- Grain: one row per NetSuite account. The list of its types is whole: of one that is not
-- in it nothing is guessed, and the contract's test names it.
select
    gl_accounts.account_id,
    gl_accounts.account_number,
    gl_accounts.account_name,
    case
        when gl_accounts.account_type = 'AcctRec' then 'receivable'
        when gl_accounts.account_type = 'AcctPay' then 'payable'
        when
            gl_accounts.account_type in (
                'Bank', 'UnbilledRec', 'OthCurrAsset', 'FixedAsset', 'OthAsset', 'DeferExpense'
            )
            then 'other_asset'
        when
            gl_accounts.account_type in (
                'CredCard', 'OthCurrLiab', 'LongTermLiab', 'DeferRevenue'
            )
            then 'other_liability'
        when gl_accounts.account_type = 'Equity' then 'equity'
        when gl_accounts.account_type in ('Income', 'OthIncome') then 'income'
        when gl_accounts.account_type in ('COGS', 'Expense', 'OthExpense') then 'expense'
        when gl_accounts.account_type in ('NonPosting', 'Stat') then 'non_posting'
    end as account_class,
    gl_accounts.account_type,
    coalesce(gl_accounts.is_inactive, false) as is_inactive,
    {{ role_lineage('gl_accounts') }}
from {{ ref('stg_netsuite__accounts') }} as gl_accounts
