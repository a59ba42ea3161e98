-- Grain: one row per priced entry of a contractor whose supplier billed the project: which
-- bills it is compared with, and where it stands among the hours of their pool, in order of
-- work. It is measured in the orders' currency, where they are in several in the project's.
-- What entries below 0 take back is taken off the hours of their own day; what is more than
-- these stays below 0.
with

scopes as (
    select distinct
        project_key,
        supplier_number,
        pool_order,
        names_months
    from {{ ref('int_contractor_bills') }}
),

pooled as (
    select
        worked.*,
        {{ entity_key('pool', [
            'worked.project_key', 'worked.supplier_number', 'scopes.pool_order',
            'case when scopes.names_months then ' ~ month_start('worked.work_date') ~ ' end'
        ]) }} as pool_key
    from {{ ref('int_contractor_time') }} as worked
    inner join scopes
        on worked.project_key = scopes.project_key
        and worked.supplier_number = scopes.supplier_number
        and coalesce(scopes.pool_order, worked.po_number) = worked.po_number
    where worked.accrued_amount is not null
),

pools as (
    select
        pool_key,
        min(order_currency_code) = max(order_currency_code) as is_one_currency
    from pooled
    group by pool_key
),

measured as (
    select
        pooled.*,
        case when pools.is_one_currency then pooled.order_amount else pooled.accrued_amount end
            as value_amount,
        case
            when pools.is_one_currency then pooled.order_currency_code
            else pooled.currency_code
        end as value_currency_code
    from pooled
    inner join pools on pooled.pool_key = pools.pool_key
),

days as (
    select
        *,
        min(value_amount) over of_day < 0 as is_corrected,
        sum(value_amount) over of_day as day_value_amount,
        sum(accrued_amount) over of_day as day_accrued_amount
    from measured
    window of_day as (partition by pool_key, work_date, obligation_key)
),

corrected as (
    select
        *,
        {{ whole_weight(
            'greatest(case when day_value_amount < 0 then -value_amount else value_amount end, 0)'
        ) }} as weight
    from days
    where is_corrected
),

valued as (
    select
        time_entry_key,
        allocated_amount as net_value_amount
    from (
        {{ allocate_amount(
            'corrected', key=['pool_key', 'work_date', 'obligation_key'],
            amount='day_value_amount', weight='weight',
            ties=['time_entry_id', 'source_instance'], currency='value_currency_code'
        ) }}
    ) as shared
),

costed as (
    select
        time_entry_key,
        allocated_amount as net_accrued_amount
    from (
        {{ allocate_amount(
            'corrected', key=['pool_key', 'work_date', 'obligation_key'],
            amount='day_accrued_amount', weight='weight',
            ties=['time_entry_id', 'source_instance'], currency='currency_code'
        ) }}
    ) as shared
),

netted as (
    select
        days.pool_key,
        days.time_entry_key,
        days.time_entry_id,
        days.source_instance,
        days.project_key,
        days.obligation_key,
        days.resource_key,
        days.commitment_key,
        days.work_date,
        days.currency_code,
        coalesce(costed.net_accrued_amount, days.accrued_amount) as accrued_amount,
        days.value_currency_code,
        coalesce(valued.net_value_amount, days.value_amount) as value_amount
    from days
    left join valued on days.time_entry_key = valued.time_entry_key
    left join costed on days.time_entry_key = costed.time_entry_key
)

select
    pool_key,
    time_entry_key,
    project_key,
    obligation_key,
    resource_key,
    commitment_key,
    work_date,
    currency_code,
    cast(accrued_amount as decimal(18, 4)) as accrued_amount,
    value_currency_code,
    cast(value_amount as decimal(18, 4)) as value_amount,
    cast(
        sum(greatest(value_amount, 0)) over (
            partition by pool_key
            order by
                work_date nulls last, time_entry_id nulls last, source_instance nulls last
            rows between unbounded preceding and current row
        ) as decimal(18, 4)
    ) as value_to_date_amount
from netted
