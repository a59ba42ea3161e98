-- Grain: one row per task and day on which its acceptance turned.
select
    {{ entity_key('task', ['source_instance', 'task_id']) }} as task_key,
    source_instance,
    task_id,
    event_date,
    direction
from {{ ref('psa_acceptances') }}
