-- Grain: one row per bill and approved entry of a contractor that it covers, in whole or in
-- part. A bill covers the oldest hours that none before it covers, at what their order
-- says. Where the hours to the end of a month, or to the bill's own day, come to what it
-- is for within the entity's tolerance, it covers them all: what it differs by is the
-- bill's. A credit covers nothing.
with recursive

hours as (
    select
        *,
        value_to_date_amount - value_amount as value_before_amount
    from {{ ref('int_hours_pooled') }}
    where value_amount > 0
),

claims as (select * from {{ ref('int_contractor_claims') }}),

cuts as (
    select
        claims.vendor_bill_key,
        max(hours.value_to_date_amount) as cut_amount
    from claims
    inner join hours
        on claims.pool_key = hours.pool_key
        and claims.bill_date >= {{ month_end('hours.work_date') }}
    group by claims.vendor_bill_key, {{ month_end('hours.work_date') }}
),

-- The end of a month is the nearest for what lies between the middles to its neighbours.
month_ends as (
    select
        *,
        lag(cut_amount, 1, 0) over in_order as lower_amount,
        cut_amount + lag(cut_amount, 1, -cut_amount) over in_order as twice_lower_amount,
        cut_amount + lead(cut_amount, 1, 10000000000000) over in_order as twice_upper_amount
    from cuts
    window in_order as (partition by vendor_bill_key order by cut_amount nulls last)
),

covering as (

    select
        pool_key,
        cast(0 as bigint) as place,
        cast(null as varchar) as vendor_bill_key,
        cast(null as date) as booked_date,
        cast(0 as decimal(18, 4)) as from_amount,
        taken_back_amount as to_amount
    from claims
    where place = 1

    union all

    select
        claims.pool_key,
        claims.place,
        claims.vendor_bill_key,
        claims.booked_date,
        covering.to_amount as from_amount,
        cast(
            case
                when claims.claimed_amount = 0 then covering.to_amount
                when
                    month_ends.cut_amount > covering.to_amount
                    and abs(covering.to_amount + claims.claimed_amount - month_ends.cut_amount)
                    <= least(
                        greatest(
                            claims.tolerance_amount,
                            claims.settling_rate * (
                                covering.to_amount + claims.claimed_amount
                                - month_ends.lower_amount
                            )
                        ),
                        abs(
                            covering.to_amount + claims.claimed_amount
                            - claims.own_day_amount
                        )
                    )
                    then month_ends.cut_amount
                when
                    claims.own_day_amount > covering.to_amount
                    and abs(
                        covering.to_amount + claims.claimed_amount - claims.own_day_amount
                    ) <= claims.tolerance_amount
                    then claims.own_day_amount
                when
                    claims.own_month_amount > covering.to_amount
                    and abs(
                        covering.to_amount + claims.claimed_amount - claims.own_month_amount
                    ) <= claims.tolerance_amount
                    then claims.own_month_amount
                else least(
                    covering.to_amount + claims.claimed_amount, claims.whole_amount
                )
            end as decimal(18, 4)
        ) as to_amount
    from covering
    inner join claims
        on covering.pool_key = claims.pool_key
        and covering.place + 1 = claims.place
    left join month_ends
        on claims.vendor_bill_key = month_ends.vendor_bill_key
        and 2 * (covering.to_amount + claims.claimed_amount) >= month_ends.twice_lower_amount
        and 2 * (covering.to_amount + claims.claimed_amount) < month_ends.twice_upper_amount

),

covered as (
    select
        covering.vendor_bill_key,
        covering.booked_date,
        hours.*,
        cast(
            greatest(covering.from_amount - hours.value_before_amount, 0) as decimal(18, 4)
        ) as from_amount,
        cast(
            least(covering.to_amount - hours.value_before_amount, hours.value_amount)
            as decimal(18, 4)
        ) as to_amount
    from covering
    inner join hours
        on covering.pool_key = hours.pool_key
        and covering.from_amount < hours.value_to_date_amount
        and covering.to_amount > hours.value_before_amount
    where covering.vendor_bill_key is not null and covering.from_amount < covering.to_amount
)

select
    vendor_bill_key,
    time_entry_key,
    project_key,
    obligation_key,
    resource_key,
    commitment_key,
    work_date,
    greatest(work_date, booked_date) as billed_date,
    currency_code,
    -- parts of an entry that several bills cover add up to it
    cast(
        {{ rounded_amount(
            ['accrued_amount', 'to_amount'], minor_units('currency_code'),
            divided_by='value_amount'
        ) }}
        - {{ rounded_amount(
            ['accrued_amount', 'from_amount'], minor_units('currency_code'),
            divided_by='value_amount'
        ) }} as decimal(18, 4)
    ) as billed_amount
from covered
