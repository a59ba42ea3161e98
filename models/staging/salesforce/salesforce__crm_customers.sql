-- Grain: one row per Salesforce account. An id has a form of 18 characters and one of
-- 15, its beginning, and people copy either into other systems. One that was merged is
-- gone and has the number of the account that it became, which may have been merged later.
with recursive

accounts as (
    select
        *,
        nullif(trim(account_number), '') as own_number
    from {{ ref('stg_salesforce__accounts') }}
),

merged as (

    select
        source_instance,
        account_id,
        master_account_id,
        1 as merges_count
    from accounts
    where master_account_id is not null

    union all

    select
        merged.source_instance,
        merged.account_id,
        accounts.master_account_id,
        merged.merges_count + 1 as merges_count
    from merged
    inner join accounts
        on merged.source_instance = accounts.source_instance
        and merged.master_account_id = accounts.account_id
    where accounts.master_account_id is not null and merged.merges_count < 100

),

-- The last of a chain: that which was not merged itself.
winners as (
    select
        merged.source_instance,
        merged.account_id,
        max(accounts.own_number) as own_number
    from merged
    inner join accounts
        on merged.source_instance = accounts.source_instance
        and merged.master_account_id = accounts.account_id
        and accounts.master_account_id is null
    group by merged.source_instance, merged.account_id
)

select
    accounts.account_id as customer_id,
    substr(accounts.account_id, 1, 15) as quoted_customer_id,
    accounts.parent_account_id as parent_customer_id,
    case
        when accounts.master_account_id is null then accounts.own_number
        else winners.own_number
    end as customer_number,
    accounts.account_name as customer_name,
    accounts.country_code,
    accounts.currency_code,
    accounts.source_system,
    accounts.source_instance,
    accounts.source_id,
    accounts.source_version,
    accounts.is_deleted or accounts.master_account_id is not null as is_deleted,
    accounts.source_updated_at,
    accounts.landed_at
from accounts
left join winners
    on accounts.source_instance = winners.source_instance
    and accounts.account_id = winners.account_id
