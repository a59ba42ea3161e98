-- Grain: one row per project and month whose overhead its legal entity has booked: what
-- the project bears of its practice's overhead, 0 where it bears none. Before that it is
-- unknown, and there is no row.
with

allocated as (
    select
        project_key,
        period_month,
        sum(overhead_amount) as overhead_amount
    from {{ ref('fct_overhead_allocations') }}
    where project_key is not null
    group by project_key, period_month
),

booked as (
    select distinct
        legal_entity_code,
        period_month
    from {{ ref('fct_overhead_allocations') }}
)

select
    months.project_key,
    months.project_code,
    months.period_month,
    months.currency_code,
    cast(coalesce(allocated.overhead_amount, 0) as decimal(18, 4)) as overhead_amount
from {{ ref('int_project_months') }} as months
inner join {{ ref('dim_projects') }} as projects
    on months.project_key = projects.project_key
inner join booked
    on projects.legal_entity_code = booked.legal_entity_code
    and months.period_month = booked.period_month
left join allocated
    on months.project_key = allocated.project_key
    and months.period_month = allocated.period_month
