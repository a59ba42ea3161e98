-- Grain: one row per person and range of days, half-open: what an hour costs before
-- burden. At actual cost it is an employee's pay. At standard cost it is the rate of the
-- person's group, set for the year, and contractors have one too.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

people as (
    select
        assignments.*,
        coalesce(resources.worker_type, 'employee') as worker_type
    from {{ ref('dim_resource_assignments') }} as assignments
    inner join {{ ref('dim_resources') }} as resources
        on assignments.resource_key = resources.resource_key
),

standard_rates as (select * from {{ ref('dim_standard_rates') }})

select
    pay_rates.resource_key,
    pay_rates.valid_from,
    pay_rates.valid_to,
    pay_rates.rate_source,
    pay_rates.currency_code,
    pay_rates.cost_rate,
    pay_rates.source_system,
    pay_rates.source_instance,
    pay_rates.source_id,
    pay_rates.source_version
from {{ ref('dim_pay_rates') }} as pay_rates
inner join basis on basis.cost_basis = 'actual'

union all

select
    people.resource_key,
    greatest(people.valid_from, standard_rates.valid_from) as valid_from,
    least(people.valid_to, standard_rates.valid_to) as valid_to,
    standard_rates.rate_source,
    standard_rates.currency_code,
    standard_rates.standard_rate as cost_rate,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    cast(null as varchar) as source_id,
    cast(null as bigint) as source_version
from people
inner join basis on basis.cost_basis = 'standard'
inner join standard_rates
    on people.worker_type = standard_rates.worker_type
    and coalesce(people.grade_code, '') = standard_rates.grade_code
    and coalesce(people.practice_code, '') = standard_rates.practice_code
    and coalesce(people.legal_entity_code, '') = standard_rates.legal_entity_code
    and people.valid_from < standard_rates.valid_to
    and people.valid_to > standard_rates.valid_from
