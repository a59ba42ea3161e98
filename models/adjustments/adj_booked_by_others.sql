-- Grain: one row per kind that keeps a balance, legal entity, project and month: what
-- others booked on the entity's account that keeps the balance, taken off. So a balance
-- booked by hand or by the ERP itself is not booked again.
with

balance_accounts as (
    select
        kinds.kind,
        kinds.balance_side,
        kinds.balance_grain,
        purposes.legal_entity_code,
        purposes.account_number
    from {{ ref('posting_policies') }} as policies
    inner join {{ ref('posting_kinds') }} as kinds on policies.kind = kinds.kind
    inner join {{ ref('int_account_purposes') }} as purposes
        on policies.legal_entity_code = purposes.legal_entity_code
        and purposes.purpose
        = case kinds.balance_side
            when 'debit' then kinds.debit_purpose
            when 'credit' then kinds.credit_purpose
        end
),

booked as (
    select
        balance_accounts.kind,
        gl_entries.legal_entity_code,
        case
            when balance_accounts.balance_grain = 'project' then gl_entries.project_code
        end as project_code,
        gl_entries.period_month,
        case balance_accounts.balance_side
            when 'credit' then gl_entries.net_amount
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
            or balance_accounts.balance_grain = 'entity'
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
