-- Grain: one row per project whose contract has its cap in another currency, where policy
-- holds such contracts: the figures compare it at the rate of each day of work, and nothing
-- of it is posted until Finance has agreed the rate with the customer.
with

deals as (
    select
        projects.project_key,
        projects.project_code,
        projects.legal_entity_code,
        projects.contract_type,
        contract_deals.source_system,
        contract_deals.source_instance,
        contract_deals.source_id
    from {{ ref('dim_projects') }} as projects
    inner join {{ ref('int_contract_deals') }} as contract_deals
        on projects.project_code = contract_deals.project_code
        and contract_deals.deal_number = 1
),

caps as (
    select
        project_key,
        contract_currency_code,
        cap_currency_code,
        max(cap_amount) as cap_amount,
        min(work_date) as first_date,
        sum(within_cap_amount) as within_cap_amount
    from {{ ref('int_work_within_caps') }}
    where is_in_force and cap_amount is not null
    group by project_key, contract_currency_code, cap_currency_code
)

select
    cast('cap_in_other_currency' as varchar) as kind,
    cast(
        'The contract of ' || deals.project_code || ' is in ' || caps.contract_currency_code
        || ' and its cap is ' || {{ amount_text('caps.cap_amount', 'caps.cap_currency_code') }}
        || ' ' || caps.cap_currency_code || ', compared at the rate of each day of work'
        as varchar
    ) as reason,
    deals.source_system,
    deals.source_instance,
    deals.source_id,
    deals.legal_entity_code,
    caps.project_key,
    cast(null as date) as period_month,
    cast(caps.within_cap_amount as decimal(18, 4)) as amount,
    caps.contract_currency_code as currency_code,
    caps.first_date as since
from caps
inner join deals on caps.project_key = deals.project_key
inner join {{ ref('billing_policies') }} as policies
    on deals.contract_type = policies.contract_type
    and policies.foreign_cap = 'hold'
where caps.cap_currency_code != caps.contract_currency_code
