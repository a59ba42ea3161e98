-- Grain: one row per task and day that completed it (1) or took that back (-1), by
-- Kantata's log of states. Where the log ends with completed and the task is not, it was
-- taken back when the task last changed; a deleted task is no longer complete. Days are the
-- account's, whatever day it is in UTC.
with

changes as (
    select
        source_system,
        source_instance,
        task_id,
        source_id,
        changed_at,
        changed_date,
        state = 'completed' as is_completed,
        lag(state = 'completed', 1, false) over (
            partition by source_instance, task_id
            order by changed_at nulls last, source_id nulls last
        ) as was_completed
    from {{ ref('stg_kantata__task_state_changes') }}
    where not is_deleted
),

turns as (
    select
        source_system,
        source_instance,
        task_id,
        changed_date as event_date,
        case when is_completed then 1 else -1 end as direction
    from changes
    where is_completed != was_completed
),

standing as (
    select
        source_instance,
        task_id,
        sum(direction) as standing
    from turns
    group by source_instance, task_id
),

logged as (

    select
        source_system,
        source_instance,
        task_id,
        event_date,
        direction
    from turns

    union all

    select
        stories.source_system,
        stories.source_instance,
        stories.task_id,
        case
            when stories.is_deleted
                then cast(coalesce(stories.source_updated_at, stories.landed_at) as date)
            else stories.updated_date
        end as event_date,
        -1 as direction
    from {{ ref('stg_kantata__tasks') }} as stories
    inner join standing
        on stories.source_instance = standing.source_instance
        and stories.task_id = standing.task_id
    where
        standing.standing = 1
        and (stories.is_deleted or stories.state != 'completed')

)

select
    task_id,
    event_date,
    cast(sum(direction) as integer) as direction,
    source_system,
    source_instance,
    task_id as source_id
from logged
group by source_system, source_instance, task_id, event_date
having sum(direction) != 0
