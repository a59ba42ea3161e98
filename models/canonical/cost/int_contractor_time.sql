-- Grain: one row per approved entry of a contractor: what it costs by the order that
-- prices its day, in the order's currency and in the project's functional one. At
-- standard cost it costs the rate of the contractor's group.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

rated as (
    select
        time_entries.time_entry_key,
        time_entries.time_entry_id,
        time_entries.source_instance,
        time_entries.project_key,
        time_entries.obligation_key,
        time_entries.resource_key,
        time_entries.work_date,
        time_entries.worked_minutes,
        orders.commitment_key,
        orders.supplier_number,
        orders.po_number,
        orders.is_in_force,
        orders.is_ambiguous,
        projects.functional_currency_code as currency_code,
        case
            when basis.cost_basis = 'actual'
                then coalesce(orders.hourly_rate, cost_rates.cost_rate)
            else cost_rates.cost_rate
        end as hourly_rate,
        case
            when basis.cost_basis = 'actual' and orders.hourly_rate is not null
                then orders.currency_code
            else cost_rates.currency_code
        end as order_currency_code
    from {{ ref('fct_time_entries') }} as time_entries
    cross join basis
    inner join {{ ref('dim_resources') }} as resources
        on time_entries.resource_key = resources.resource_key
    left join {{ ref('dim_projects') }} as projects
        on time_entries.project_key = projects.project_key
    left join {{ ref('dim_contractor_orders') }} as orders
        on time_entries.resource_key = orders.resource_key
        and time_entries.project_key = orders.project_key
        and time_entries.work_date >= orders.valid_from
        and time_entries.work_date < orders.valid_to
    left join {{ ref('dim_cost_rates') }} as cost_rates
        on time_entries.resource_key = cost_rates.resource_key
        and time_entries.work_date >= cost_rates.valid_from
        and time_entries.work_date < cost_rates.valid_to
    where time_entries.is_approved and resources.worker_type = 'contingent'
),

priced as (
    select
        rated.*,
        {{ minutes_at_rate(
            'rated.worked_minutes', 'rated.hourly_rate',
            minor_units('rated.order_currency_code')
        ) }} as order_amount
    from rated
)

select
    priced.time_entry_key,
    priced.time_entry_id,
    priced.source_instance,
    priced.project_key,
    priced.obligation_key,
    priced.resource_key,
    priced.work_date,
    priced.worked_minutes,
    priced.commitment_key,
    priced.supplier_number,
    priced.po_number,
    priced.is_in_force,
    priced.is_ambiguous,
    cast(priced.hourly_rate as decimal(18, 6)) as hourly_rate,
    priced.order_currency_code,
    priced.order_amount,
    priced.currency_code,
    cast(
        {{ translated(
            'priced.order_amount', 'priced.order_currency_code', 'priced.currency_code',
            'fx_rates.fx_rate'
        ) }} as decimal(18, 4)
    ) as accrued_amount
from priced
{{ join_fx_rate(
    'fx_rates', 'priced.order_currency_code', 'priced.currency_code', 'priced.work_date'
) }}
