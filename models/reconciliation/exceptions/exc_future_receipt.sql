-- A receipt of goods that is dated a day to come: it costs nothing before that day.
select
    'future_receipt' as kind,
    'receipt ' || receipts.receipt_id || ' is of ' || cast(receipts.receipt_date as varchar)
    || ', a day to come: it counts from then on' as reason,
    receipts.source_system,
    receipts.source_instance,
    receipts.source_id,
    projects.legal_entity_code,
    receipts.project_key,
    {{ period_start('periods', 'receipts.receipt_date') }} as period_month,
    receipts.amount,
    receipts.currency_code,
    receipts.receipt_date as since
from {{ ref('fct_receipts') }} as receipts
inner join {{ ref('dim_as_of') }} as as_of on receipts.receipt_date > as_of.as_of_date
inner join {{ ref('dim_projects') }} as projects
    on receipts.project_key = projects.project_key
left join {{ ref('fct_purchase_commitments') }} as orders
    on receipts.commitment_key = orders.commitment_key
{{ join_period('periods', 'projects.legal_entity_code', 'receipts.receipt_date') }}
where not coalesce(orders.is_hours, false)
