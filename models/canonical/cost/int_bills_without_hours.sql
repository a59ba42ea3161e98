-- Grain: one row per contractor, project and service month whose bills are not for
-- approved hours, and fiscal period that their cost falls in. There are no hours, or what
-- they cost at the order's rate is less than the bills by more than the tolerance, or the
-- order has no rate of an hour. A build at actual cost has the bills' cost; one at
-- standard cost has hours only, and lacks it.
with

billed as (
    select
        resource_key,
        project_key,
        project_code,
        period_month,
        vendor_bill_key,
        currency_code,
        sum(worked_minutes) as worked_minutes,
        bool_or(accrued_amount is null) as lacks_rate,
        sum(accrued_amount) as accrued_amount,
        sum(billed_amount) as billed_amount
    from {{ ref('fct_subcontractor_costs') }}
    where vendor_bill_key is not null
    group by
        resource_key, project_key, project_code, period_month, vendor_bill_key, currency_code
),

-- The bills of a service month are one, whatever periods it is in.
whole as (
    select
        *,
        sum(worked_minutes) over bills as whole_minutes,
        bool_or(lacks_rate) over bills as whole_lacks_rate,
        sum(accrued_amount) over bills as whole_accrued_amount,
        sum(billed_amount) over bills as whole_billed_amount
    from billed
    window bills as (partition by vendor_bill_key)
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
    case when whole_minutes = 0 then 'bill_without_hours' else 'bill_beyond_hours' end
        as reason
from whole
where
    (
        whole_minutes = 0
        or whole_lacks_rate
        or whole_billed_amount
        > whole_accrued_amount * (1 + {{ var('billed_hours_tolerance') }})
    )
    -- without an HR system nobody is known to be a contractor, and no cost is shown
    and {{ has_role('hr') }}
