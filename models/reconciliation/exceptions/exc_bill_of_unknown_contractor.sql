-- Subcontractors' bills on a project of which no order says whose hours they are: they may
-- cost beside the hours.
select
    'bill_of_unknown_contractor' as kind,
    'bill of supplier ' || coalesce(bills.supplier_number, '(none)') || ' over '
    || {{ amount_text('bills.amount', 'bills.currency_code') }} || ' ' || bills.currency_code
    || ': no order says whose hours it is for' as reason,
    bills.source_system,
    bills.source_instance,
    bills.transaction_id || '|' || bills.line_id as source_id,
    bills.legal_entity_code,
    bills.project_key,
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
where
    bills.project_key is not null
    and bills.resource_key is null
    and not bills.is_goods
    and not bills.is_hours
    and {{ has_role('spend') }}
