-- Subcontractors' bills that no project and no order is named for: the cost of no project.
select
    'bill_without_project' as kind,
    'bill of supplier ' || coalesce(bills.supplier_number, '(none)') || ' over '
    || {{ amount_text('bills.amount', 'bills.currency_code') }} || ' ' || bills.currency_code
    || ' names no project and no order that does' as reason,
    bills.source_system,
    bills.source_instance,
    bills.transaction_id || '|' || bills.line_id as source_id,
    bills.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start(
        'periods', 'coalesce(' ~ month_end('bills.service_month') ~ ', bills.booked_date)'
    ) }} as period_month,
    cast(bills.amount as decimal(18, 4)) as amount,
    bills.currency_code,
    bills.bill_date as since
from {{ ref('fct_vendor_bills') }} as bills
{{ join_period(
    'periods', 'bills.legal_entity_code',
    'coalesce(' ~ month_end('bills.service_month') ~ ', bills.booked_date)'
) }}
where bills.project_key is null and {{ has_role('spend') }}
