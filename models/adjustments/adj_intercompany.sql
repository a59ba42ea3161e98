-- Grain: per providing and receiving legal entity and month, a row for each leg and
-- side: the charge at the transfer price, and what others booked of it, taken off. Both
-- legs are in the provider's currency, so that they mirror to the cent.
with

own_accounts as (
    select * from {{ ref('int_account_purposes') }}
    where
        purpose in ('due_from', 'due_to', 'intercompany_revenue', 'intercompany_cost')
),

profit_accounts as (
    select
        legal_entity_code,
        max(case purpose when 'intercompany_revenue' then account_number end)
            as revenue_account,
        max(case purpose when 'intercompany_cost' then account_number end)
            as cost_account
    from own_accounts
    group by legal_entity_code
),

charges as (
    select
        provider_entity_code,
        receiver_entity_code,
        period_month,
        provider_period_month,
        currency_code,
        sum(charge_amount) as charge_amount,
        count(*) as source_entry_count
    from {{ ref('fct_intercompany_charges') }}
    where charge_amount is not null
    group by
        provider_entity_code,
        receiver_entity_code,
        period_month,
        provider_period_month,
        currency_code
),

charging as (
    select distinct
        gl_entries.source_instance,
        gl_entries.transaction_id
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join own_accounts
        on gl_entries.legal_entity_code = own_accounts.legal_entity_code
        and gl_entries.account_number = own_accounts.account_number
    where
        own_accounts.purpose in ('intercompany_revenue', 'intercompany_cost')
        and not gl_entries.is_own_posting
),

booked as (
    select
        own_accounts.purpose as side,
        gl_entries.legal_entity_code,
        own_accounts.qualifier as partner_code,
        gl_entries.period_month,
        gl_entries.transaction_currency_code as currency_code,
        case own_accounts.purpose
            when 'due_from' then gl_entries.transaction_amount
            else -gl_entries.transaction_amount
        end as booked_amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join own_accounts
        on gl_entries.legal_entity_code = own_accounts.legal_entity_code
        and gl_entries.account_number = own_accounts.account_number
    inner join charging
        on gl_entries.source_instance = charging.source_instance
        and gl_entries.transaction_id = charging.transaction_id
    where own_accounts.purpose in ('due_from', 'due_to')
),

stacked as (

    select
        'due_from' as side,
        provider_entity_code as legal_entity_code,
        receiver_entity_code as partner_code,
        provider_period_month as period_month,
        currency_code,
        charge_amount as desired_amount,
        source_entry_count
    from charges

    union all

    select
        'due_to' as side,
        receiver_entity_code as legal_entity_code,
        provider_entity_code as partner_code,
        period_month,
        currency_code,
        charge_amount as desired_amount,
        source_entry_count
    from charges

    union all

    select
        side,
        legal_entity_code,
        partner_code,
        period_month,
        currency_code,
        -booked_amount as desired_amount,
        0 as source_entry_count
    from booked

),

legs as (
    select
        stacked.legal_entity_code,
        cast(null as varchar) as project_code,
        case stacked.side when 'due_from' then 'to ' else 'from ' end
        || stacked.partner_code as part,
        stacked.period_month,
        stacked.currency_code,
        case stacked.side
            when 'due_from' then own_accounts.account_number
            else profit_accounts.cost_account
        end as debit_account,
        case stacked.side
            when 'due_from' then profit_accounts.revenue_account
            else own_accounts.account_number
        end as credit_account,
        stacked.desired_amount,
        stacked.source_entry_count
    from stacked
    left join profit_accounts
        on stacked.legal_entity_code = profit_accounts.legal_entity_code
    left join own_accounts
        on stacked.legal_entity_code = own_accounts.legal_entity_code
        and stacked.side = own_accounts.purpose
        and stacked.partner_code = own_accounts.qualifier
)

select
    {{ desired_posting(
        'intercompany', part='part', currency='currency_code',
        debit='debit_account', credit='credit_account', sources='source_entry_count'
    ) }}
from legs
