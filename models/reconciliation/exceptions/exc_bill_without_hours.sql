-- Contractors' bills that cover no approved hours. The amount is the bill's.
select
    'bill_without_hours' as kind,
    'billed ' || {{ amount_text('billed.billed_amount', 'billed.currency_code') }} || ' '
    || billed.currency_code
    || coalesce(' for ' || cast(bills.service_month as varchar), '')
    || ': no approved hours explain it' as reason,
    bills.source_system,
    bills.source_instance,
    bills.transaction_id || '|' || bills.line_id as source_id,
    bills.legal_entity_code,
    billed.project_key,
    billed.period_month,
    cast(billed.billed_amount - coalesce(billed.accrued_amount, 0) as decimal(18, 4)) as amount,
    billed.currency_code,
    bills.bill_date as since
from {{ ref('int_bills_without_hours') }} as billed
inner join {{ ref('fct_vendor_bills') }} as bills
    on billed.vendor_bill_key = bills.vendor_bill_key
where
    billed.is_of_contractors
    and billed.reason = 'bill_without_hours'
    and {{ has_role('spend') }}
