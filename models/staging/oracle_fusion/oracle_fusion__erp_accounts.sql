-- Grain: one row per natural account that an account combination has. What its combinations
-- say is its class; of one without any nothing is known, and nothing can stand on it.
with

kinds as (
    select
        source_instance,
        account_number,
        min(account_type) as account_type,
        max(upper(control_type)) as control_type,
        bool_or(takes_postings) as takes_postings
    from {{ ref('stg_oracle_fusion__account_combinations') }}
    where not is_deleted
    group by source_instance, account_number
    having count(distinct account_type) = 1
)

select
    gl_accounts.account_number as account_id,
    gl_accounts.account_number,
    gl_accounts.account_name,
    case
        when not kinds.takes_postings then 'non_posting'
        when kinds.control_type = 'CUSTOMER' then 'receivable'
        when kinds.control_type = 'SUPPLIER' then 'payable'
        when kinds.account_type = 'A' then 'other_asset'
        when kinds.account_type = 'L' then 'other_liability'
        when kinds.account_type = 'O' then 'equity'
        when kinds.account_type = 'R' then 'income'
        when kinds.account_type = 'E' then 'expense'
    end as account_class,
    kinds.account_type,
    not coalesce(gl_accounts.is_enabled, false) as is_inactive,
    {{ role_lineage('gl_accounts') }}
from {{ ref('stg_oracle_fusion__accounts') }} as gl_accounts
inner join kinds
    on gl_accounts.source_instance = kinds.source_instance
    and gl_accounts.account_number = kinds.account_number
