-- Hours that changed more than a month ago without any change of pay: what an hour costs
-- stays as it was.
with

spells as (
    select
        assignments.*,
        pay.fte_rate as paid_fte_rate,
        greatest(assignments.valid_from, pay.valid_from) as since,
        least(assignments.valid_to, pay.valid_to) as end_date
    from {{ ref('int_pay_hours') }} as pay
    inner join {{ ref('dim_resource_assignments') }} as assignments
        on pay.resource_key = assignments.resource_key
        and pay.valid_from < assignments.valid_to
        and pay.valid_to > assignments.valid_from
        and assignments.valid_from < assignments.valid_to
    where pay.annual_amount is not null and pay.fte_rate != assignments.fte_rate
)

select
    'pay_hours_unclear' as kind,
    'the share of full time is ' || cast(spells.fte_rate as varchar) || ' from '
    || cast(spells.since as varchar) || ' on and pay is still the one for '
    || cast(spells.paid_fte_rate as varchar) || ': an hour costs what it did' as reason,
    spells.source_system,
    spells.source_instance,
    spells.source_id,
    spells.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start('periods', 'spells.since') }} as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    spells.since
from spells
inner join {{ ref('dim_as_of') }} as as_of
    on {{ dbt.datediff('spells.since', 'least(spells.end_date, as_of.as_of_date)', 'day') }} > 31
{{ join_period('periods', 'spells.legal_entity_code', 'spells.since') }}
