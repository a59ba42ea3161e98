-- Lines of won deals that state no price, where the deal's price is shared out between several
-- obligations: their share is not known, and none is counted.
with

shared as (
    select
        source_instance,
        deal_id
    from {{ ref('crm_deal_lines') }}
    where not is_deleted and obligation_code is not null
    group by source_instance, deal_id
    having count(distinct obligation_code) > 1
)

select
    'deal_line_without_price' as kind,
    'line ' || coalesce(deal_lines.line_name, deal_lines.deal_line_id) || ' of deal '
    || coalesce(deals.deal_name, deals.deal_id) || ' states no price, so that obligation '
    || deal_lines.obligation_code || ' of ' || projects.project_code
    || ' has no share of the deal''s for it' as reason,
    deals.source_system,
    deals.source_instance,
    deal_lines.deal_line_id as source_id,
    projects.legal_entity_code,
    projects.project_key,
    cast(null as date) as period_month,
    deals.stated_price_amount as amount,
    deals.stated_currency_code as currency_code,
    deals.close_date as since
from {{ ref('int_contract_deals') }} as deals
inner join {{ ref('crm_deal_lines') }} as deal_lines
    on deals.source_instance = deal_lines.source_instance
    and deals.deal_id = deal_lines.deal_id
    and deal_lines.obligation_code is not null
    and not deal_lines.is_deleted
inner join shared
    on deals.source_instance = shared.source_instance
    and deals.deal_id = shared.deal_id
inner join {{ ref('dim_projects') }} as projects
    on deals.project_code = projects.project_code
left join {{ ref('int_stand_alone_prices') }} as alone
    on deal_lines.source_instance = alone.source_instance
    and deal_lines.deal_line_id = alone.deal_line_id
where
    alone.list_price_amount is null
    and deal_lines.list_price_amount is null
    and deal_lines.total_price_amount is null
