-- Two places of work of one person from the same day on, as two half positions are: the
-- person is counted at one of them, and what the other one pays finds no work there.
select
    'pay_place_unclear' as kind,
    'the person is assigned to ' || coalesce(places.legal_entity_code, 'no entity')
    || ' and to ' || coalesce(counted.legal_entity_code, 'no entity')
    || ' from ' || cast(places.valid_from as varchar)
    || ' on: counted at the latter alone' as reason,
    places.source_system,
    places.source_instance,
    places.source_id,
    places.legal_entity_code,
    cast(null as varchar) as project_key,
    {{ period_start('periods', 'places.valid_from') }} as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    places.valid_from as since
from {{ ref('dim_resource_assignments') }} as places
inner join {{ ref('dim_resource_assignments') }} as counted
    on places.resource_key = counted.resource_key
    and places.valid_from = counted.valid_from
    and places.valid_to < counted.valid_to
    and coalesce(places.legal_entity_code, '') != coalesce(counted.legal_entity_code, '')
{{ join_period('periods', 'places.legal_entity_code', 'places.valid_from') }}
where places.valid_from = places.valid_to
