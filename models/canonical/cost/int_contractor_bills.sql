-- Grain: one row per bill or credit for contractors' hours of a known project, and order and
-- service month that its lines name, once the day has come that it is booked on. It is
-- compared with hours as narrowly as all bills of its supplier for the project allow: with
-- those of its order where each names one, with those of its service month
-- where each states one. Bills of one pool follow each other by the day they were booked.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

bills as (
    select
        min(lines_of_bills.vendor_bill_key) as vendor_bill_key,
        lines_of_bills.project_key,
        lines_of_bills.resource_key,
        lines_of_bills.supplier_number,
        lines_of_bills.po_number,
        lines_of_bills.service_month,
        lines_of_bills.bill_date,
        lines_of_bills.booked_date,
        lines_of_bills.currency_code,
        lines_of_bills.stated_currency_code,
        sum(lines_of_bills.amount) as amount,
        sum(lines_of_bills.stated_amount) as stated_amount,
        bool_or(lines_of_bills.is_hours) as is_hours
    from {{ ref('fct_vendor_bills') }} as lines_of_bills
    cross join basis
    inner join {{ ref('dim_as_of') }} as as_of
        on lines_of_bills.booked_date <= as_of.as_of_date
    where
        lines_of_bills.project_key is not null
        and not lines_of_bills.is_goods
        and basis.cost_basis = 'actual'
    group by
        lines_of_bills.source_instance,
        lines_of_bills.transaction_id,
        lines_of_bills.project_key,
        lines_of_bills.resource_key,
        lines_of_bills.supplier_number,
        lines_of_bills.po_number,
        lines_of_bills.service_month,
        lines_of_bills.bill_date,
        lines_of_bills.booked_date,
        lines_of_bills.currency_code,
        lines_of_bills.stated_currency_code
),

named as (
    select
        *,
        bool_and(po_number is not null) over (
            partition by project_key, supplier_number
        ) as names_orders
    from bills
),

ordered as (
    select
        *,
        case when names_orders then po_number end as pool_order
    from named
),

dated as (
    select
        *,
        bool_and(service_month is not null) over (
            partition by project_key, supplier_number, pool_order
        ) as names_months
    from ordered
),

pooled as (
    select
        *,
        case when names_months then service_month end as pool_month
    from dated
)

select
    pooled.vendor_bill_key,
    {{ entity_key('pool', [
        'pooled.project_key', 'pooled.supplier_number', 'pooled.pool_order',
        'pooled.pool_month'
    ]) }} as pool_key,
    pooled.project_key,
    pooled.resource_key,
    pooled.supplier_number,
    pooled.pool_order,
    pooled.names_months,
    pooled.service_month,
    pooled.bill_date,
    pooled.booked_date,
    row_number() over (
        partition by
            pooled.project_key, pooled.supplier_number, pooled.pool_order, pooled.pool_month
        order by
            pooled.booked_date nulls last,
            pooled.bill_date nulls last,
            pooled.service_month nulls last,
            pooled.vendor_bill_key nulls last
    ) as place,
    pooled.is_hours,
    pooled.currency_code as booked_currency_code,
    cast(pooled.amount as decimal(18, 4)) as booked_amount,
    pooled.stated_currency_code,
    cast(pooled.stated_amount as decimal(18, 4)) as stated_amount,
    projects.functional_currency_code as currency_code,
    cast(
        {{ translated(
            'pooled.amount', 'pooled.currency_code', 'projects.functional_currency_code',
            'fx_rates.fx_rate'
        ) }} as decimal(18, 4)
    ) as bill_amount
from pooled
left join {{ ref('dim_projects') }} as projects
    on pooled.project_key = projects.project_key
{{ join_fx_rate(
    'fx_rates', 'pooled.currency_code', 'projects.functional_currency_code',
    'pooled.bill_date'
) }}
