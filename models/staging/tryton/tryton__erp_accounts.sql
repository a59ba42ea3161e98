-- Grain: one row per Tryton account. What its type is for says its class; a heading has no
-- type. What is for revenue is told of the income statement's types and little else: the
-- others are expense here, other income too, as nothing asks which of the two it is.
select
    gl_accounts.account_id,
    gl_accounts.account_number,
    gl_accounts.account_name,
    case
        when coalesce(gl_accounts.statement_code, 'off-balance') = 'off-balance' then 'non_posting'
        when gl_accounts.is_of_receivables then 'receivable'
        when gl_accounts.is_of_payables then 'payable'
        when gl_accounts.statement_code = 'balance' and gl_accounts.is_of_assets then 'other_asset'
        when gl_accounts.statement_code = 'balance' then 'other_liability'
        when gl_accounts.is_of_revenue then 'income'
        else 'expense'
    end as account_class,
    gl_accounts.type_name as account_type,
    gl_accounts.is_inactive,
    {{ role_lineage('gl_accounts') }}
from {{ ref('stg_tryton__accounts') }} as gl_accounts
