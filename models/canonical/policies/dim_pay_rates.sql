-- Grain: one row per employee and range of days, half-open: what an hour costs before
-- burden. A year's pay is for the person's share of full time, so it is divided by
-- that share of the year's standard hours; a change of either starts a range.
with

pay_ranges as (
    select
        resources.resource_key,
        pay.valid_from,
        lead(pay.valid_from, 1, date '9999-12-31') over (
            partition by resources.resource_key order by pay.valid_from nulls last
        ) as valid_to,
        pay.currency_code,
        pay.pay_basis,
        pay.pay_amount,
        {{ source_coordinates('pay') }}
    from {{ ref('hr_pay') }} as pay
    inner join {{ ref('int_hr_people') }} as resources
        on pay.source_instance = resources.source_instance
        and pay.employee_pseudonym = resources.employee_pseudonym
),

annual_rates as (
    select
        pay_ranges.resource_key,
        greatest(pay_ranges.valid_from, assignments.valid_from) as valid_from,
        least(pay_ranges.valid_to, assignments.valid_to) as valid_to,
        pay_ranges.currency_code,
        {{ ratio(
            'pay_ranges.pay_amount',
            'legal_entities.annual_standard_hours * assignments.fte_rate',
            6
        ) }} as cost_rate,
        {{ source_coordinates('pay_ranges') }}
    from pay_ranges
    inner join {{ ref('dim_resource_assignments') }} as assignments
        on pay_ranges.resource_key = assignments.resource_key
        and pay_ranges.valid_from < assignments.valid_to
        and pay_ranges.valid_to > assignments.valid_from
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on assignments.legal_entity_code = legal_entities.legal_entity_code
    where pay_ranges.pay_basis = 'annual'
),

hourly_rates as (
    select
        resource_key,
        valid_from,
        valid_to,
        currency_code,
        pay_amount as cost_rate,
        source_system,
        source_instance,
        source_id,
        source_version
    from pay_ranges
    where pay_basis = 'hourly'
),

rates as (
    select * from annual_rates
    union all
    select * from hourly_rates
)

select
    resource_key,
    valid_from,
    valid_to,
    'pay' as rate_source,
    currency_code,
    cast(cost_rate as decimal(18, 6)) as cost_rate,
    source_system,
    source_instance,
    source_id,
    source_version
from rates
where cost_rate is not null
