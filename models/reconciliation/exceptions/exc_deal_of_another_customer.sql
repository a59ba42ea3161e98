-- Won deals whose project is named by deals of several customers, and that are not the one
-- the PSA delivers to: what they sell is in no contract.
select
    'deal_of_another_customer' as kind,
    'won deal ' || deals.deal_id || ' names project ' || deals.claimed_project_code
    || ', as deals of other customers do: it is no part of that contract' as reason,
    deals.source_system,
    deals.source_instance,
    deals.deal_id as source_id,
    coalesce(projects.legal_entity_code, deals.legal_entity_code) as legal_entity_code,
    projects.project_key,
    cast(null as date) as period_month,
    deals.price_amount as amount,
    deals.currency_code,
    deals.close_date as since
from {{ ref('int_deals_of_others') }} as deals
left join {{ ref('dim_projects') }} as projects
    on deals.claimed_project_key = projects.project_key
