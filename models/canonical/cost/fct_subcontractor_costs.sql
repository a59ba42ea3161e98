-- Grain: one row per approved entry of a contractor, and one per bill and obligation of the
-- hours that it differs from. An entry costs what its order says of its day, for good; a
-- bill adds what it is more or less than the hours it covers, when it was booked: so a cost
-- is counted once, and no bill moves a month that has closed. At standard cost an entry
-- costs its group's rate, and no bill counts.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

covered as (
    select
        time_entry_key,
        min(vendor_bill_key) as vendor_bill_key,
        sum(billed_amount) as billed_amount
    from {{ ref('int_hours_billed') }}
    group by time_entry_key
),

orders_of_bills as (
    select
        vendor_bill_key,
        max(commitment_key) as commitment_key
    from {{ ref('int_hours_billed') }}
    group by vendor_bill_key
),

bills as (
    select
        compared.*,
        coalesce(orders_of_bills.commitment_key, orders.commitment_key) as commitment_key
    from {{ ref('int_bills_compared') }} as compared
    left join orders_of_bills
        on compared.vendor_bill_key = orders_of_bills.vendor_bill_key
    left join {{ ref('dim_contractor_orders') }} as orders
        on compared.resource_key = orders.resource_key
        and compared.project_key = orders.project_key
        and compared.cost_date >= orders.valid_from
        and compared.cost_date < orders.valid_to
    where compared.difference_amount != 0 or compared.difference_amount is null
),

stacked as (

    select
        worked.time_entry_key,
        covered.vendor_bill_key,
        worked.commitment_key,
        worked.project_key,
        worked.obligation_key,
        worked.resource_key,
        worked.work_date as cost_date,
        worked.worked_minutes,
        worked.hourly_rate,
        worked.order_amount as stated_amount,
        worked.order_currency_code as stated_currency_code,
        worked.accrued_amount,
        case
            when basis.cost_basis = 'standard' then worked.accrued_amount
            else coalesce(covered.billed_amount, 0)
        end as billed_amount,
        worked.accrued_amount as cost_amount
    from {{ ref('int_contractor_time') }} as worked
    cross join basis
    left join covered on worked.time_entry_key = covered.time_entry_key

    union all

    select
        cast(null as varchar) as time_entry_key,
        vendor_bill_key,
        commitment_key,
        project_key,
        obligation_key,
        resource_key,
        cost_date,
        cast(0 as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as hourly_rate,
        difference_amount as stated_amount,
        currency_code as stated_currency_code,
        cast(0 as decimal(18, 4)) as accrued_amount,
        difference_amount as billed_amount,
        difference_amount as cost_amount
    from bills

)

select
    case
        when stacked.time_entry_key is not null
            then {{ entity_key('subcontractor_cost', ['stacked.time_entry_key']) }}
        else {{ entity_key('subcontractor_difference', [
            'stacked.vendor_bill_key', 'stacked.obligation_key'
        ]) }}
    end as cost_key,
    stacked.time_entry_key,
    stacked.vendor_bill_key,
    stacked.commitment_key,
    stacked.project_key,
    coalesce(stacked.obligation_key, obligations.obligation_key) as obligation_key,
    projects.project_code,
    stacked.resource_key,
    projects.legal_entity_code,
    stacked.cost_date,
    {{ period_start('periods', 'stacked.cost_date') }} as period_month,
    {{ week_start('stacked.cost_date') }} as week_start_date,
    stacked.worked_minutes,
    cast(stacked.hourly_rate as decimal(18, 6)) as hourly_rate,
    cast(stacked.stated_amount as decimal(18, 4)) as stated_amount,
    stacked.stated_currency_code,
    projects.functional_currency_code as currency_code,
    cast(stacked.accrued_amount as decimal(18, 4)) as accrued_amount,
    cast(stacked.billed_amount as decimal(18, 4)) as billed_amount,
    cast(stacked.cost_amount as decimal(18, 4)) as cost_amount,
    coalesce(stacked.billed_amount = stacked.cost_amount, false) as is_billed
from stacked
left join {{ ref('dim_projects') }} as projects
    on stacked.project_key = projects.project_key
left join {{ ref('dim_obligations') }} as obligations
    on stacked.project_key = obligations.project_key
    and obligations.is_first
{{ join_period('periods', 'projects.legal_entity_code', 'stacked.cost_date') }}
