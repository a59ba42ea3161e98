-- Grain: one row per bill for contractors' hours and obligation of the hours it covers, or
-- none where it covers nothing: what it differs from them by, shared by what they cost. A
-- difference is of the day the bill was booked, or of the last of the hours if that is
-- later; a bill that there are no hours for at all is of the end of the service month that
-- it states. A credit counts when it comes, whatever month it states.
with

bills as (select * from {{ ref('int_contractor_bills') }}),

covered as (
    select
        vendor_bill_key,
        obligation_key,
        max(billed_date) as billed_date,
        sum(billed_amount) as covered_amount
    from {{ ref('int_hours_billed') }}
    group by vendor_bill_key, obligation_key
),

compared as (
    select
        bills.vendor_bill_key,
        bills.pool_key,
        bills.project_key,
        bills.resource_key,
        bills.is_hours,
        covered.obligation_key,
        obligations.obligation_code,
        case
            when
                claims.vendor_bill_key is null
                and bills.service_month is not null
                and bills.bill_amount >= 0
                then {{ month_end('bills.service_month') }}
            else max(coalesce(covered.billed_date, bills.booked_date)) over of_bill
        end as cost_date,
        bills.currency_code,
        bills.bill_amount,
        coalesce(sum(covered.covered_amount) over of_bill, 0) as covered_amount,
        bills.bill_amount - coalesce(sum(covered.covered_amount) over of_bill, 0)
            as difference_amount,
        case
            when coalesce(covered.covered_amount, 0) = 0 then 1
            else {{ whole_weight('covered.covered_amount') }}
        end as weight
    from bills
    left join covered on bills.vendor_bill_key = covered.vendor_bill_key
    left join {{ ref('int_contractor_claims') }} as claims
        on bills.vendor_bill_key = claims.vendor_bill_key
    left join {{ ref('dim_obligations') }} as obligations
        on covered.obligation_key = obligations.obligation_key
    window of_bill as (partition by bills.vendor_bill_key)
),

allocated as (
    {{ allocate_amount(
        'compared', ['vendor_bill_key'], 'difference_amount', 'weight',
        ['obligation_code', 'obligation_key'], 'currency_code'
    ) }}
)

select
    vendor_bill_key,
    pool_key,
    project_key,
    resource_key,
    is_hours,
    obligation_key,
    cost_date,
    currency_code,
    cast(bill_amount as decimal(18, 4)) as bill_amount,
    cast(covered_amount as decimal(18, 4)) as covered_amount,
    cast(allocated_amount as decimal(18, 4)) as difference_amount
from allocated
