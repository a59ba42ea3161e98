-- Grain: one row per kind that keeps a balance, legal entity, project and month: what
-- others booked on the account that policy keeps the balance on, taken off. So a balance
-- booked by hand or by the ERP itself is not booked again.
with

balance_accounts as (
    select
        kind,
        legal_entity_code,
        kind in ('revenue_deferral', 'subcontractor_accrual') as is_liability,
        case
            when kind in ('revenue_deferral', 'subcontractor_accrual')
                then credit_account
            else debit_account
        end as account_number
    from {{ ref('posting_policies') }}
    where
        kind in (
            'revenue_accrual', 'revenue_deferral', 'subcontractor_accrual',
            'fx_revaluation'
        )
),

booked as (
    select
        balance_accounts.kind,
        gl_entries.legal_entity_code,
        case
            when balance_accounts.kind != 'fx_revaluation' then gl_entries.project_code
        end as project_code,
        gl_entries.period_month,
        case
            when balance_accounts.is_liability then gl_entries.net_amount
            else -gl_entries.net_amount
        end as desired_amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join balance_accounts
        on gl_entries.legal_entity_code = balance_accounts.legal_entity_code
        and gl_entries.account_number = balance_accounts.account_number
    where
        not gl_entries.is_own_posting
        and (
            gl_entries.project_code is not null
            or balance_accounts.kind = 'fx_revaluation'
        )
),

summed as (
    select
        kind,
        legal_entity_code,
        project_code,
        period_month,
        sum(desired_amount) as desired_amount
    from booked
    group by kind, legal_entity_code, project_code, period_month
)

select
    {{ desired_posting(sources='0') }}
from summed
