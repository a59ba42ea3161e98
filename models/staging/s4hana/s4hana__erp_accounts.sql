-- Grain: one row per S/4HANA account of a chart. What sums up customers' or suppliers'
-- items says a company code that uses it; of the others SAP tells the balance sheet from
-- profit and loss, and the rest is told by the beginning of the number, as the tenant names
-- it. Of a number that begins as none does nothing is guessed: the contract's test names it.
with

sides as (
    select
        source_instance,
        setting,
        ',' || replace(setting_value, ' ', '') || ',' as beginnings
    from {{ ref('stg_landing__settings') }}
    where
        setting in (
            'values.asset_accounts', 'values.liability_accounts', 'values.equity_accounts',
            'values.income_accounts', 'values.expense_accounts'
        )
),

-- The longest beginning that is named decides.
matched as (
    select
        gl_accounts.source_instance,
        gl_accounts.source_id,
        case sides.setting
            when 'values.asset_accounts' then 'other_asset'
            when 'values.liability_accounts' then 'other_liability'
            when 'values.equity_accounts' then 'equity'
            when 'values.income_accounts' then 'income'
            else 'expense'
        end as account_class,
        row_number() over (
            partition by gl_accounts.source_instance, gl_accounts.source_id
            order by lengths.digits desc nulls last, sides.setting asc nulls last
        ) as match_place
    from {{ ref('stg_s4hana__gl_accounts') }} as gl_accounts
    cross join (values (1), (2), (3), (4), (5), (6)) as lengths (digits)
    inner join sides
        on gl_accounts.source_instance = sides.source_instance
        and length(gl_accounts.account_number) >= lengths.digits
        and position(
            ',' || substr(gl_accounts.account_number, 1, lengths.digits) || ',' in sides.beginnings
        ) > 0
        and gl_accounts.is_balance_sheet = (
            sides.setting in (
                'values.asset_accounts', 'values.liability_accounts', 'values.equity_accounts'
            )
        )
),

reconciling as (
    select
        companies.source_instance,
        companies.chart_of_accounts,
        used.account_number,
        max(used.reconciliation_type) as reconciliation_type
    from {{ ref('stg_s4hana__gl_company_accounts') }} as used
    inner join {{ ref('stg_s4hana__company_codes') }} as companies
        on used.source_instance = companies.source_instance
        and used.company_code = companies.company_code
    where used.reconciliation_type in ('D', 'K') and not used.is_deleted
    group by companies.source_instance, companies.chart_of_accounts, used.account_number
)

select
    gl_accounts.chart_of_accounts || '|' || gl_accounts.account_number as account_id,
    gl_accounts.account_number,
    gl_accounts.account_name,
    case reconciling.reconciliation_type
        when 'D' then 'receivable'
        when 'K' then 'payable'
        else matched.account_class
    end as account_class,
    gl_accounts.account_type,
    gl_accounts.is_blocked as is_inactive,
    {{ role_lineage('gl_accounts') }}
from {{ ref('stg_s4hana__gl_accounts') }} as gl_accounts
left join reconciling
    on gl_accounts.source_instance = reconciling.source_instance
    and gl_accounts.chart_of_accounts = reconciling.chart_of_accounts
    and gl_accounts.account_number = reconciling.account_number
left join matched
    on gl_accounts.source_instance = matched.source_instance
    and gl_accounts.source_id = matched.source_id
    and matched.match_place = 1
