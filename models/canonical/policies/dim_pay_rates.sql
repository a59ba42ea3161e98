-- Grain: one row per employee and range of days, half-open: what an hour costs before
-- burden. Pay of a year is divided by the entity's standard hours at the share of full time
-- that the pay is for; pay by the hour is the cost of one.
with

pay as (select * from {{ ref('int_pay_hours') }}),

rates as (

    select
        pay.resource_key,
        greatest(pay.valid_from, assignments.valid_from) as valid_from,
        least(pay.valid_to, assignments.valid_to) as valid_to,
        pay.currency_code,
        {{ ratio(
            'pay.annual_amount', 'legal_entities.annual_standard_hours * pay.fte_rate', 6
        ) }} as cost_rate,
        {{ source_coordinates('pay') }}
    from pay
    inner join {{ ref('dim_resource_assignments') }} as assignments
        on pay.resource_key = assignments.resource_key
        and pay.valid_from < assignments.valid_to
        and pay.valid_to > assignments.valid_from
        and assignments.valid_from < assignments.valid_to
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on assignments.legal_entity_code = legal_entities.legal_entity_code
    where pay.annual_amount is not null

    union all

    select
        pay.resource_key,
        pay.valid_from,
        pay.valid_to,
        pay.currency_code,
        pay.pay_amount as cost_rate,
        {{ source_coordinates('pay') }}
    from pay
    where pay.pay_basis = 'hourly'

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
