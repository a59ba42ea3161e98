-- A subcontractor's bill that is booked on a day to come: it costs and earns nothing before
-- that day.
select
    'future_bill' as kind,
    'bill booked on ' || cast(bills.booked_date as varchar)
    || ', a day to come: it counts from then on' as reason,
    bills.source_system,
    bills.source_instance,
    bills.transaction_id || '|' || bills.line_id as source_id,
    bills.legal_entity_code,
    bills.project_key,
    bills.period_month,
    bills.amount,
    bills.currency_code,
    bills.booked_date as since
from {{ ref('fct_vendor_bills') }} as bills
inner join {{ ref('dim_as_of') }} as as_of on bills.booked_date > as_of.as_of_date
where bills.project_key is not null
