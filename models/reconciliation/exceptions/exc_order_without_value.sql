-- Orders for goods of a known project that are open, and nobody knows what is still to come
-- of them: they say no amount, currency or day, or there is no rate of exchange. The estimate
-- is too low without them, so what is earned by an estimate is not complete from then on.
with

unvalued as (

    select
        commitment_key,
        period_month
    from {{ ref('fct_commitments_monthly') }}
    where open_amount is null and not is_hours

    union all

    select
        orders.commitment_key,
        months.period_month
    from {{ ref('fct_purchase_commitments') }} as orders
    inner join {{ ref('int_project_months') }} as months
        on orders.project_key = months.project_key
    where
        orders.ordered_date is null
        and orders.closed_date is null
        and not orders.is_hours
        and not orders.is_deleted

),

firsts as (
    select
        commitment_key,
        min(period_month) as period_month
    from unvalued
    group by commitment_key
)

select
    'order_without_value' as kind,
    'order ' || coalesce(orders.po_number, orders.po_line_id) || ': '
    || case
        when orders.ordered_amount is null then 'it says no amount'
        when orders.currency_code is null then 'it says no currency'
        when orders.ordered_date is null then 'it says no day'
        else
            'no rate of exchange from ' || orders.currency_code || ' to '
            || obligations.currency_code || ' on ' || cast(orders.ordered_date as varchar)
    end as reason,
    orders.source_system,
    orders.source_instance,
    orders.po_line_id as source_id,
    obligations.legal_entity_code,
    orders.project_key,
    cast(null as date) as period_month,
    orders.ordered_amount as amount,
    orders.currency_code,
    coalesce(orders.ordered_date, firsts.period_month) as since
from firsts
inner join {{ ref('fct_purchase_commitments') }} as orders
    on firsts.commitment_key = orders.commitment_key
inner join {{ ref('dim_obligations') }} as obligations
    on orders.project_key = obligations.project_key
    and obligations.is_first
where obligations.currency_code is not null and {{ has_rates() }}
