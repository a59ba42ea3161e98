-- Grain: one row per HR instance and employee number in it that one live worker has, or one
-- deleted worker had and no live one has: what pay and absences, which name the person by
-- that number, are joined by.
with

workers as (
    select
        source_instance,
        employee_number,
        employee_pseudonym,
        {{ of_live_first('worker_id') }} as worker_id
    from {{ ref('hr_workers') }}
    where employee_number is not null
    group by source_instance, employee_number, employee_pseudonym
    having {{ count_of_live_first('worker_id') }} = 1
)

select
    workers.source_instance,
    workers.employee_number,
    workers.employee_pseudonym,
    {{ entity_key('resource', ['crosswalk.employee_number']) }} as resource_key
from workers
inner join {{ ref('crosswalk_resources') }} as crosswalk
    on crosswalk.role = 'hr'
    and workers.source_instance = crosswalk.source_instance
    and workers.worker_id = crosswalk.record_id
    and crosswalk.employee_number is not null
