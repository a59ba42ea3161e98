-- Grain: one row per contractor, project and service month whose bills are not for
-- approved hours: there are none, or they explain the bills by more than the tolerance too
-- little at the order's rate, or the order has no rate of an hour. A build at actual cost
-- has the bills' cost; one at standard cost has hours only, and lacks it.
with

billed as (
    select
        resource_key,
        project_key,
        project_code,
        period_month,
        currency_code,
        min(vendor_bill_key) as vendor_bill_key,
        sum(worked_minutes) as worked_minutes,
        bool_or(accrued_amount is null) as lacks_rate,
        sum(accrued_amount) as accrued_amount,
        sum(billed_amount) as billed_amount
    from {{ ref('fct_subcontractor_costs') }}
    where vendor_bill_key is not null
    group by resource_key, project_key, project_code, period_month, currency_code
)

select
    resource_key,
    project_key,
    project_code,
    period_month,
    vendor_bill_key,
    currency_code,
    cast(accrued_amount as decimal(18, 4)) as accrued_amount,
    cast(billed_amount as decimal(18, 4)) as billed_amount,
    case when worked_minutes = 0 then 'bill_without_hours' else 'bill_beyond_hours' end
        as reason
from billed
where
    worked_minutes = 0
    or lacks_rate
    or billed_amount > accrued_amount * (1 + {{ var('billed_hours_tolerance') }})
