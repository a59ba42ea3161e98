-- Won deals and changes that name no currency where books are kept in several: their amounts are
-- read as in the contract's currency. A firm of one currency has no doubt.
with

several as (
    select count(distinct currency_code) > 1 as is_so
    from {{ ref('dim_legal_entities') }}
),

stated as (

    select
        'deal ' || coalesce(deals.deal_name, deals.deal_id) as deal_named,
        linked.project_code,
        deals.source_system,
        deals.source_instance,
        deals.deal_id as source_id,
        coalesce(nullif(deals.price_amount, 0), deals.cap_amount) as amount,
        deals.close_date as since
    from {{ ref('int_contract_deals') }} as linked
    inner join {{ ref('crm_deals') }} as deals
        on linked.source_instance = deals.source_instance
        and linked.deal_id = deals.deal_id
    where
        deals.currency_code is null
        and (coalesce(deals.price_amount, 0) != 0 or coalesce(deals.cap_amount, 0) != 0)

    union all

    select
        'change ' || coalesce(changes.change_name, changes.deal_change_id) as deal_named,
        crosswalk.project_code,
        changes.source_system,
        changes.source_instance,
        changes.deal_change_id as source_id,
        coalesce(nullif(changes.price_change_amount, 0), changes.cap_change_amount)
            as amount,
        changes.effective_date as since
    from {{ ref('crm_deal_changes') }} as changes
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'crm'
        and changes.source_instance = crosswalk.source_instance
        and changes.amended_deal_id = crosswalk.record_id
    where
        changes.currency_code is null
        and changes.is_won
        and not changes.is_deleted
        and (
            coalesce(changes.price_change_amount, 0) != 0
            or coalesce(changes.cap_change_amount, 0) != 0
        )

)

select
    'deal_without_currency' as kind,
    stated.deal_named || ' of '
    || {{ amount_text('stated.amount', 'projects.contract_currency_code') }}
    || ' names no currency, and books are kept in several: it is read as '
    || projects.contract_currency_code as reason,
    stated.source_system,
    stated.source_instance,
    stated.source_id,
    projects.legal_entity_code,
    projects.project_key,
    cast(null as date) as period_month,
    stated.amount,
    projects.contract_currency_code as currency_code,
    stated.since
from stated
inner join {{ ref('dim_projects') }} as projects
    on stated.project_code = projects.project_code
cross join several
where several.is_so
