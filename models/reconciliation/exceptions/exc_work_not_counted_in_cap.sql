-- Grain: one row per project and month with work that a cap in another currency cannot
-- count, for want of a rate of exchange: it earns nothing until there is one.
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
)

select
    cast('work_not_counted_in_cap' as varchar) as kind,
    cast(
        'Work of ' || deals.project_code || ' since '
        || cast(min(pieces.work_date) as varchar)
        || ' is under a cap in another currency than its contract in '
        || pieces.contract_currency_code || ', and there is no rate of exchange on its days'
        as varchar
    ) as reason,
    deals.source_system,
    deals.source_instance,
    deals.source_id,
    deals.legal_entity_code,
    pieces.project_key,
    pieces.period_month,
    cast(sum(pieces.value_amount) as decimal(18, 4)) as amount,
    pieces.contract_currency_code as currency_code,
    min(pieces.work_date) as since
from {{ ref('int_work_within_caps') }} as pieces
inner join deals on pieces.project_key = deals.project_key
where pieces.is_in_force and pieces.is_uncounted and {{ has_rates() }}
group by
    deals.project_code,
    deals.source_system,
    deals.source_instance,
    deals.source_id,
    deals.legal_entity_code,
    pieces.project_key,
    pieces.period_month,
    pieces.contract_currency_code
