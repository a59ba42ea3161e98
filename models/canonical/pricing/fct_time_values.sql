-- Grain: one row per approved time entry: what its hours are worth at the standard rate
-- card, and what they bill. A view: it is most of int_time_priced.
select
    time_entry_key,
    time_entry_id,
    project_key,
    obligation_key,
    invoice_id,
    work_date,
    approved_date,
    period_month,
    role_name,
    chargeable_minutes,
    price_factor,
    bill_rate,
    price_currency_code,
    contract_bill_rate,
    contract_standard_rate,
    contract_currency_code,
    contract_billable_amount,
    currency_code,
    standard_value_amount,
    billable_value_amount,
    is_chargeable,
    source_instance
from {{ ref('int_time_priced') }}
where is_approved
