-- Grain: one row per approved entry of a contractor, and one per contractor, project and
-- month of bills that no entry covers. An entry costs its order's rate until the month is
-- billed, then its share of the bills, once; at standard cost its group's rate, for good.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

time_entries as (
    select time_entries.*
    from {{ ref('fct_time_entries') }} as time_entries
    inner join {{ ref('dim_resources') }} as resources
        on time_entries.resource_key = resources.resource_key
    where time_entries.is_approved and resources.worker_type = 'contingent'
),

rated_orders as (
    select *
    from {{ ref('fct_purchase_commitments') }}
    where hourly_rate is not null and (select basis.cost_basis from basis) = 'actual'
),

-- The first order of a contractor on a project sets the rate.
orders as (
    {{ first_of_each(
        'rated_orders', key=['resource_key', 'project_key'],
        order=['po_number nulls last', 'po_line_id nulls last', 'source_instance nulls last']
    ) }}
),

bills as (
    select
        coalesce(resource_key, '') as resource_key,
        project_key,
        service_month,
        currency_code,
        min(vendor_bill_key) as vendor_bill_key,
        sum(amount) as bill_amount
    from {{ ref('fct_vendor_bills') }}
    where
        project_key is not null and not is_goods
        and (select basis.cost_basis from basis) = 'actual'
    group by coalesce(resource_key, ''), project_key, service_month, currency_code
),

covered as (
    select
        bills.resource_key,
        bills.project_key,
        bills.service_month,
        bills.currency_code,
        bills.vendor_bill_key,
        bills.bill_amount,
        time_entries.time_entry_key,
        time_entries.time_entry_id,
        time_entries.source_instance,
        time_entries.worked_minutes
    from bills
    inner join time_entries
        on bills.resource_key = time_entries.resource_key
        and bills.project_key = time_entries.project_key
        and bills.service_month = {{ month_start('time_entries.work_date') }}
    where time_entries.worked_minutes > 0
),

allocated as (
    {{ allocate_amount(
        'covered', ['resource_key', 'project_key', 'service_month', 'currency_code'],
        'bill_amount', 'worked_minutes', ['time_entry_id', 'source_instance'],
        'currency_code'
    ) }}
),

billed_entries as (
    select
        time_entry_key,
        max(currency_code) as currency_code,
        min(vendor_bill_key) as vendor_bill_key,
        sum(allocated_amount) as billed_amount
    from allocated
    group by time_entry_key
),

uncovered_bills as (
    select bills.*
    from bills
    left join covered on bills.vendor_bill_key = covered.vendor_bill_key
    where covered.vendor_bill_key is null
),

stacked as (

    select
        time_entries.time_entry_key,
        billed_entries.vendor_bill_key,
        time_entries.project_key,
        time_entries.obligation_key,
        time_entries.resource_key,
        time_entries.work_date as cost_date,
        time_entries.worked_minutes,
        coalesce(orders.hourly_rate, standard_rates.cost_rate) as hourly_rate,
        coalesce(orders.currency_code, standard_rates.currency_code)
            as order_currency_code,
        {{ minutes_at_rate(
            'time_entries.worked_minutes',
            'coalesce(orders.hourly_rate, standard_rates.cost_rate)',
            minor_units('coalesce(orders.currency_code, standard_rates.currency_code)')
        ) }} as order_amount,
        billed_entries.currency_code as bill_currency_code,
        billed_entries.billed_amount as bill_amount
    from time_entries
    left join orders
        on time_entries.resource_key = orders.resource_key
        and time_entries.project_key = orders.project_key
    left join {{ ref('dim_cost_rates') }} as standard_rates
        on time_entries.resource_key = standard_rates.resource_key
        and time_entries.work_date >= standard_rates.valid_from
        and time_entries.work_date < standard_rates.valid_to
    left join billed_entries
        on time_entries.time_entry_key = billed_entries.time_entry_key

    union all

    select
        cast(null as varchar) as time_entry_key,
        vendor_bill_key,
        project_key,
        cast(null as varchar) as obligation_key,
        nullif(resource_key, '') as resource_key,
        {{ month_end('service_month') }} as cost_date,
        cast(0 as bigint) as worked_minutes,
        cast(null as decimal(18, 6)) as hourly_rate,
        currency_code as order_currency_code,
        cast(0 as decimal(18, 4)) as order_amount,
        currency_code as bill_currency_code,
        bill_amount
    from uncovered_bills

),

in_functional_currency as (
    select
        stacked.*,
        basis.cost_basis = 'standard' as is_standard,
        coalesce(stacked.obligation_key, obligations.obligation_key)
            as cost_obligation_key,
        projects.project_code,
        projects.legal_entity_code,
        projects.functional_currency_code as currency_code,
        {{ translated(
            'stacked.order_amount', 'stacked.order_currency_code',
            'projects.functional_currency_code', 'order_fx.fx_rate'
        ) }} as accrued_amount,
        {{ translated(
            'stacked.bill_amount', 'stacked.bill_currency_code',
            'projects.functional_currency_code', 'bill_fx.fx_rate'
        ) }} as billed_amount
    from stacked
    cross join basis
    left join {{ ref('dim_projects') }} as projects
        on stacked.project_key = projects.project_key
    left join {{ ref('dim_obligations') }} as obligations
        on stacked.project_key = obligations.project_key
        and obligations.is_first
    {{ join_fx_rate(
        'order_fx', 'stacked.order_currency_code',
        'projects.functional_currency_code', 'stacked.cost_date'
    ) }}
    {{ join_fx_rate(
        'bill_fx', 'stacked.bill_currency_code',
        'projects.functional_currency_code', 'stacked.cost_date'
    ) }}
)

select
    {{ entity_key('subcontractor_cost', ['time_entry_key', 'vendor_bill_key']) }}
        as cost_key,
    costed.time_entry_key,
    costed.vendor_bill_key,
    costed.project_key,
    costed.cost_obligation_key as obligation_key,
    costed.project_code,
    costed.resource_key,
    costed.legal_entity_code,
    costed.cost_date,
    {{ period_start('periods', 'cost_date') }} as period_month,
    {{ week_start('cost_date') }} as week_start_date,
    costed.worked_minutes,
    cast(costed.hourly_rate as decimal(18, 6)) as hourly_rate,
    cast(coalesce(costed.bill_amount, costed.order_amount) as decimal(18, 4)) as stated_amount,
    coalesce(costed.bill_currency_code, costed.order_currency_code) as stated_currency_code,
    costed.currency_code,
    cast(costed.accrued_amount as decimal(18, 4)) as accrued_amount,
    cast(costed.billed_amount as decimal(18, 4)) as billed_amount,
    cast(
        case when costed.bill_amount is null then accrued_amount else billed_amount end
        as decimal(18, 4)
    ) as cost_amount,
    costed.bill_amount is not null or costed.is_standard as is_billed
from in_functional_currency as costed
{{ join_period('periods', 'costed.legal_entity_code', 'costed.cost_date') }}
