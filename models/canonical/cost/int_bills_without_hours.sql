-- Grain: one row per pool of a contractor's bills (order, service month), as far as all of
-- them name these, and fiscal period that they cost in, whose bills are not for approved
-- hours. They cover no hours, or these cost less at the order's rate by more than the
-- tolerance, or have no rate. A credit of a pool whose hours its bills cover is for these,
-- whenever it comes. A build at actual cost has the bills' cost; one at standard
-- cost has hours only, and lacks it.
with

bills as (
    select
        vendor_bill_key,
        pool_key,
        project_key,
        resource_key,
        is_hours,
        min(cost_date) as cost_date,
        min(currency_code) as currency_code,
        min(bill_amount) as bill_amount,
        min(covered_amount) as covered_amount
    from {{ ref('int_bills_compared') }}
    group by vendor_bill_key, pool_key, project_key, resource_key, is_hours
),

pools as (
    select
        pool_key,
        sum(covered_amount) as covered_amount
    from bills
    group by pool_key
),

unrated as (
    select distinct
        resource_key,
        project_key
    from {{ ref('int_contractor_time') }}
    where accrued_amount is null
),

summed as (
    select
        bills.pool_key,
        bills.project_key,
        projects.project_code,
        {{ period_start('periods', 'bills.cost_date') }} as period_month,
        min(bills.resource_key) as resource_key,
        bool_or(bills.is_hours or bills.resource_key is not null) as is_of_contractors,
        min(bills.vendor_bill_key) as vendor_bill_key,
        min(bills.currency_code) as currency_code,
        case when count(*) = count(bills.bill_amount) then sum(bills.bill_amount) end
            as billed_amount,
        sum(bills.covered_amount) as accrued_amount,
        min(pools.covered_amount) as pool_covered_amount,
        bool_or(unrated.project_key is not null) as lacks_rate
    from bills
    inner join pools on bills.pool_key = pools.pool_key
    left join {{ ref('dim_projects') }} as projects
        on bills.project_key = projects.project_key
    left join unrated
        on bills.resource_key = unrated.resource_key
        and bills.project_key = unrated.project_key
    {{ join_period('periods', 'projects.legal_entity_code', 'bills.cost_date') }}
    group by
        bills.pool_key,
        bills.project_key,
        projects.project_code,
        {{ period_start('periods', 'bills.cost_date') }}
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
    case
        when accrued_amount != 0 or lacks_rate then 'bill_beyond_hours'
        else 'bill_without_hours'
    end as reason,
    is_of_contractors
from summed
where
    (
        accrued_amount = 0
        or lacks_rate
        or billed_amount > accrued_amount * (1 + {{ var('billed_hours_tolerance') }})
    )
    and coalesce(billed_amount != 0, true)
    and coalesce(billed_amount > 0 or pool_covered_amount = 0, true)
    -- without an HR system nobody is known to be a contractor, and no cost is shown
    and {{ has_role('hr') }}
