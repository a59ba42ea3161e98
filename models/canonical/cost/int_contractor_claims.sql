-- Grain: one row per bill for contractors' hours that there are any of: what it is for, in
-- the currency that the hours of its pool are measured in, and how much of them was worked
-- to its day and to the end of its month, or of the service month that it states. A credit
-- claims no hours.
with

bills as (select * from {{ ref('int_contractor_bills') }}),

hours as (select * from {{ ref('int_hours_pooled') }}),

pools as (
    select
        pool_key,
        max(value_currency_code) as value_currency_code,
        cast(sum(greatest(value_amount, 0)) as decimal(18, 4)) as whole_amount,
        cast(-sum(least(value_amount, 0)) as decimal(18, 4)) as taken_back_amount
    from hours
    group by pool_key
),

to_own_day as (
    select
        bills.vendor_bill_key,
        max(
            case when hours.work_date <= bills.bill_date then hours.value_to_date_amount end
        ) as own_day_amount,
        max(hours.value_to_date_amount) as own_month_amount
    from bills
    inner join hours
        on bills.pool_key = hours.pool_key
        and {{ month_end(
            'greatest(bills.bill_date, coalesce(bills.service_month, bills.bill_date))'
        ) }} >= hours.work_date
    group by bills.vendor_bill_key
),

claims as (
    select
        bills.*,
        pools.whole_amount,
        -- what was taken back beyond a day's own hours is of the oldest
        least(pools.taken_back_amount, pools.whole_amount) as taken_back_amount,
        coalesce(to_own_day.own_day_amount, 0) as own_day_amount,
        coalesce(to_own_day.own_month_amount, 0) as own_month_amount,
        coalesce(own_policies.settling_rate, any_policies.settling_rate, 0) as settling_rate,
        case
            when pools.value_currency_code = bills.booked_currency_code
                then bills.booked_amount
            else {{ translated(
                'bills.stated_amount', 'bills.stated_currency_code',
                'pools.value_currency_code', 'fx_rates.fx_rate'
            ) }}
        end as claimed_amount
    from bills
    inner join pools on bills.pool_key = pools.pool_key
    left join to_own_day on bills.vendor_bill_key = to_own_day.vendor_bill_key
    left join {{ ref('dim_projects') }} as projects
        on bills.project_key = projects.project_key
    left join {{ ref('subcontractor_policies') }} as own_policies
        on projects.legal_entity_code = own_policies.legal_entity_code
    left join {{ ref('subcontractor_policies') }} as any_policies
        on any_policies.legal_entity_code = '*'
    {{ join_fx_rate(
        'fx_rates', 'bills.stated_currency_code', 'pools.value_currency_code',
        'bills.bill_date'
    ) }}
)

select
    vendor_bill_key,
    pool_key,
    place,
    bill_date,
    booked_date,
    cast(whole_amount as decimal(18, 4)) as whole_amount,
    cast(taken_back_amount as decimal(18, 4)) as taken_back_amount,
    cast(own_day_amount as decimal(18, 4)) as own_day_amount,
    cast(own_month_amount as decimal(18, 4)) as own_month_amount,
    cast(greatest(coalesce(claimed_amount, 0), 0) as decimal(18, 4)) as claimed_amount,
    cast(settling_rate as decimal(9, 6)) as settling_rate,
    cast(
        greatest(coalesce(claimed_amount, 0), 0) * settling_rate as decimal(18, 4)
    ) as tolerance_amount
from claims
