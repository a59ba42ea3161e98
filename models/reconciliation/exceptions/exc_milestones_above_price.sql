-- Obligations whose accepted milestones come to more than the price: the rest earns nothing
-- and is not billed until the price is changed.
select
    'milestones_above_price' as kind,
    'accepted milestones of ' || obligations.project_code || ' ' || obligations.obligation_code
    || ' come to '
    || {{ amount_text(
        'revenue.accepted_to_date_amount', 'obligations.contract_currency_code'
    ) }}
    || ', the price is '
    || {{ amount_text('revenue.price_amount', 'obligations.contract_currency_code') }}
        as reason,
    projects.source_system,
    projects.source_instance,
    obligations.project_code || ' ' || obligations.obligation_code as source_id,
    obligations.legal_entity_code,
    obligations.project_key,
    {{ period_start('periods', 'revenue.revenue_date') }} as period_month,
    cast(revenue.accepted_to_date_amount - revenue.price_amount as decimal(18, 4)) as amount,
    obligations.contract_currency_code as currency_code,
    revenue.revenue_date as since
from {{ ref('int_revenue_milestone') }} as revenue
inner join {{ ref('dim_obligations') }} as obligations
    on revenue.obligation_key = obligations.obligation_key
left join {{ ref('crosswalk_projects') }} as projects
    on obligations.project_code = projects.project_code
    and projects.role = 'psa'
    and projects.is_master
{{ join_period('periods', 'obligations.legal_entity_code', 'revenue.revenue_date') }}
where revenue.is_latest and revenue.accepted_to_date_amount > revenue.price_amount
