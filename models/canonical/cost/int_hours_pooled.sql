-- Grain: one row per priced entry of a contractor whose supplier billed the project: which
-- bills it is compared with, and where it stands among the hours of their pool, in order of
-- work. It is measured in the orders' currency, where they are in several in the project's.
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
    accrued_amount,
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
from measured
