-- Grain: one row per task and day on which its acceptance turned, until the as-of date.
select
    {{ entity_key('task', ['acceptances.source_instance', 'acceptances.task_id']) }}
        as task_key,
    acceptances.source_instance,
    acceptances.task_id,
    acceptances.event_date,
    acceptances.direction
from {{ ref('psa_acceptances') }} as acceptances
inner join {{ ref('dim_as_of') }} as as_of on acceptances.event_date <= as_of.as_of_date
