-- Grain: one row per order for goods or services and day that changed what it cost. What
-- is received accrues; a bill takes the accrual's place, each from its day on; what is left
-- of the accrual when the order is closed is taken back, not when it is deleted. A cost is
-- counted once: to date it is the greater of received and billed, and what was billed once
-- the order is closed. Without an ERP nothing is billed, and a closed order has cost what was
-- received.
with

projects as (select * from {{ ref('dim_projects') }}),

orders as (
    select
        commitments.commitment_key,
        commitments.project_key,
        commitments.released_date,
        commitments.is_pass_through,
        obligations.obligation_key,
        projects.project_code,
        projects.legal_entity_code,
        projects.functional_currency_code as currency_code
    from {{ ref('fct_purchase_commitments') }} as commitments
    inner join projects on commitments.project_key = projects.project_key
    left join {{ ref('dim_obligations') }} as obligations
        on commitments.project_key = obligations.project_key
        and obligations.is_first
    where not commitments.is_hours
),

stated as (

    select
        commitment_key,
        receipt_date as event_date,
        currency_code as stated_currency_code,
        amount as received_amount,
        cast(0 as decimal(18, 4)) as billed_amount
    from {{ ref('fct_receipts') }}
    where commitment_key is not null and receipt_date is not null and amount is not null

    union all

    select
        commitment_key,
        booked_date as event_date,
        currency_code as stated_currency_code,
        cast(0 as decimal(18, 4)) as received_amount,
        amount as billed_amount
    from {{ ref('fct_vendor_bills') }}
    where is_goods

    union all

    select
        commitment_key,
        released_date as event_date,
        currency_code as stated_currency_code,
        cast(0 as decimal(18, 4)) as received_amount,
        cast(0 as decimal(18, 4)) as billed_amount
    from orders
    where released_date is not null

),

in_functional_currency as (
    select
        stated.commitment_key,
        stated.event_date,
        {{ translated(
            'stated.received_amount', 'stated.stated_currency_code',
            'orders.currency_code', 'fx_rates.fx_rate'
        ) }} as received_amount,
        {{ translated(
            'stated.billed_amount', 'stated.stated_currency_code',
            'orders.currency_code', 'fx_rates.fx_rate'
        ) }} as billed_amount
    from stated
    inner join {{ ref('dim_as_of') }} as as_of on stated.event_date <= as_of.as_of_date
    inner join orders on stated.commitment_key = orders.commitment_key
    {{ join_fx_rate(
        'fx_rates', 'stated.stated_currency_code', 'orders.currency_code',
        'stated.event_date'
    ) }}
),

daily as (
    select
        commitment_key,
        event_date,
        sum(received_amount) as received_amount,
        sum(billed_amount) as billed_amount
    from in_functional_currency
    group by commitment_key, event_date
),

to_date as (
    select
        daily.commitment_key,
        daily.event_date,
        daily.billed_amount,
        sum(daily.received_amount) over (
            partition by daily.commitment_key
            order by daily.event_date nulls last
            rows between unbounded preceding and current row
        ) as received_to_date_amount,
        sum(daily.billed_amount) over (
            partition by daily.commitment_key
            order by daily.event_date nulls last
            rows between unbounded preceding and current row
        ) as billed_to_date_amount,
        coalesce(orders.released_date <= daily.event_date, false) as is_closed
    from daily
    inner join orders on daily.commitment_key = orders.commitment_key
),

accrued as (
    select
        *,
        case
            when is_closed and {{ has_role('erp') }} then 0
            else greatest(received_to_date_amount - billed_to_date_amount, 0)
        end as accrued_to_date_amount
    from to_date
),

moved as (
    select
        *,
        accrued_to_date_amount - lag(accrued_to_date_amount, 1, 0) over (
            partition by commitment_key order by event_date nulls last
        ) as accrual_amount
    from accrued
),

-- What is still accrued was received last: bills cover the oldest receipts first.
compared as (
    select
        *,
        max_by(accrued_to_date_amount, event_date) over (partition by commitment_key)
            as accrued_now_amount,
        sum(greatest(accrual_amount, 0)) over (
            partition by commitment_key
            order by event_date desc nulls last
            rows between unbounded preceding and current row
        ) - greatest(accrual_amount, 0) as accrued_later_amount
    from moved
)

select
    compared.commitment_key,
    orders.project_key,
    orders.obligation_key,
    orders.project_code,
    orders.legal_entity_code,
    compared.event_date as cost_date,
    {{ period_start('periods', 'compared.event_date') }} as period_month,
    {{ week_start('compared.event_date') }} as week_start_date,
    orders.currency_code,
    cast(compared.accrual_amount as decimal(18, 4)) as accrual_amount,
    cast(compared.billed_amount as decimal(18, 4)) as billed_amount,
    cast(compared.accrual_amount + compared.billed_amount as decimal(18, 4)) as cost_amount,
    cast(
        greatest(
            least(
                greatest(compared.accrual_amount, 0),
                compared.accrued_now_amount - compared.accrued_later_amount
            ), 0
        ) as decimal(18, 4)
    ) as provisional_amount,
    orders.is_pass_through
from compared
inner join orders on compared.commitment_key = orders.commitment_key
{{ join_period('periods', 'orders.legal_entity_code', 'compared.event_date') }}
where compared.accrual_amount != 0 or compared.billed_amount != 0 or compared.billed_amount is null
