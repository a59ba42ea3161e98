-- Orders for goods or services that are deleted while something received under them is not
-- billed: it stays owed as last known.
with

owed as (
    select
        commitment_key,
        max(currency_code) as currency_code,
        sum(accrual_amount) as amount
    from {{ ref('fct_purchase_costs') }}
    group by commitment_key
)

select
    'order_deleted' as kind,
    'order ' || coalesce(orders.po_number, orders.po_line_id) || ' is deleted: '
    || {{ amount_text('owed.amount', 'owed.currency_code') }} || ' ' || owed.currency_code
    || ' received under it and not billed stays owed' as reason,
    orders.source_system,
    orders.source_instance,
    orders.po_line_id as source_id,
    projects.legal_entity_code,
    orders.project_key,
    {{ period_start('periods', 'orders.closed_date') }} as period_month,
    cast(owed.amount as decimal(18, 4)) as amount,
    owed.currency_code,
    orders.closed_date as since
from {{ ref('fct_purchase_commitments') }} as orders
inner join owed on orders.commitment_key = owed.commitment_key
inner join {{ ref('dim_projects') }} as projects
    on orders.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'orders.closed_date') }}
where orders.is_deleted and owed.amount != 0
