-- Grain: one row per piece of labour, an approved time entry or an allocation, that costs
-- nothing on the basis of this database: its cost is 0, or not known for want of a rate.
with

stacked as (

    select
        'time_entry:' || time_entry_key as labour_key,
        resource_key,
        work_date,
        worked_minutes as minutes,
        cost_amount
    from {{ ref('fct_labour_costs') }}

    union all

    select
        'time_entry:' || time_entry_key as labour_key,
        resource_key,
        cost_date as work_date,
        worked_minutes as minutes,
        cost_amount
    from {{ ref('fct_subcontractor_costs') }}
    where time_entry_key is not null

    union all

    select
        'allocation:' || allocation_key as labour_key,
        resource_key,
        start_date as work_date,
        planned_minutes as minutes,
        planned_cost_amount as cost_amount
    from {{ ref('int_allocations_priced') }}

)

select
    labour_key,
    resource_key,
    work_date,
    cast(minutes as bigint) as minutes
from stacked
where coalesce(cost_amount, 0) = 0
