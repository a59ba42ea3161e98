-- Control C11. Grain: two rows per providing and receiving legal entity and month, in the
-- provider's currency. «mirror»: what the provider's books say is due from the receiver
-- against what the receiver's say is due to it. «charge»: the charge at the transfer
-- price against the provider's books. So a leg that is missing is one difference, and a
-- charge that both booked wrong or not at all is one too. Periods are those posted to, and
-- the receiver's: of what a provider with another calendar booked, the one of its date.
-- Without an HR system nobody's entity is known, and books are held to books alone.
with

own_accounts as (select * from {{ ref('int_account_purposes') }}),

charging as (
    select distinct
        gl_entries.source_instance,
        gl_entries.transaction_id
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join own_accounts
        on gl_entries.legal_entity_code = own_accounts.legal_entity_code
        and gl_entries.account_number = own_accounts.account_number
    where own_accounts.purpose in ('intercompany_revenue', 'intercompany_cost')
),

-- what settles a charge touches no revenue or cost, and is left out
booked as (
    select
        own_accounts.purpose as side,
        case own_accounts.purpose
            when 'due_from' then gl_entries.legal_entity_code
            else own_accounts.qualifier
        end as provider_entity_code,
        case own_accounts.purpose
            when 'due_from' then own_accounts.qualifier
            else gl_entries.legal_entity_code
        end as receiver_entity_code,
        case
            when own_accounts.purpose = 'due_to' then gl_entries.period_month
            when
                gl_entries.transaction_date >= gl_entries.period_month
                and gl_entries.transaction_date
                <= {{ period_end('own_periods', 'gl_entries.period_month') }}
                then {{ period_start('dated', 'gl_entries.transaction_date') }}
            else {{ period_start(
                'closed', period_end('own_periods', 'gl_entries.period_month')
            ) }}
        end as period_month,
        gl_entries.transaction_currency_code as currency_code,
        case own_accounts.purpose
            when 'due_from' then gl_entries.transaction_amount
            else -gl_entries.transaction_amount
        end as amount,
        gl_entries.source_system || ':' || gl_entries.transaction_id as source_id
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join own_accounts
        on gl_entries.legal_entity_code = own_accounts.legal_entity_code
        and gl_entries.account_number = own_accounts.account_number
    inner join charging
        on gl_entries.source_instance = charging.source_instance
        and gl_entries.transaction_id = charging.transaction_id
    {{ join_period('own_periods', 'gl_entries.legal_entity_code', 'gl_entries.period_month') }}
    {{ join_period(
        'dated', 'own_accounts.qualifier', 'gl_entries.transaction_date'
    ) }}
    {{ join_period(
        'closed', 'own_accounts.qualifier',
        period_end('own_periods', 'gl_entries.period_month')
    ) }}
    where own_accounts.purpose in ('due_from', 'due_to')
),

mirrored as (
    select
        provider_entity_code || '>' || receiver_entity_code || '|'
        || cast(period_month as varchar) || '|mirror' as difference_key,
        receiver_entity_code as legal_entity_code,
        period_month,
        cast(null as varchar) as project_code,
        currency_code,
        case side when 'due_from' then amount end as left_amount,
        case side when 'due_to' then amount end as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_id
    from booked
),

charged as (

    select
        provider_entity_code || '>' || receiver_entity_code || '|'
        || cast(period_month as varchar) || '|charge' as difference_key,
        provider_entity_code as legal_entity_code,
        period_month,
        cast(null as varchar) as project_code,
        currency_code,
        coalesce(charge_amount, 0) as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        cast(null as varchar) as source_id
    from {{ ref('fct_intercompany_monthly') }}
    where {{ has_role('hr') }}

    union all

    select
        provider_entity_code || '>' || receiver_entity_code || '|'
        || cast(period_month as varchar) || '|charge' as difference_key,
        provider_entity_code as legal_entity_code,
        period_month,
        cast(null as varchar) as project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_id
    from booked
    where side = 'due_from' and {{ has_role('hr') }}

),

compared as (

    {{ compare_sides('mirrored', 'C11', 'provider', 'receiver') }}

    union all

    {{ compare_sides('charged', 'C11', 'psa', 'erp') }}

)

select
    control_id,
    difference_key,
    legal_entity_code,
    period_month,
    project_code,
    left_amount,
    right_amount,
    difference_amount,
    currency_code,
    match_status,
    case when match_status != 'matched' then match_status end as reason,
    owner,
    source_ids
from compared
