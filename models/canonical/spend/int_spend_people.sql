-- Grain: one row per employee number and spend system that states it: whose it is. A number
-- is its owner's in HR; where HR systems give it to several, or nobody knows to whom, it is
-- nobody's, until an override of the spend system's number says whose. Who is in no HR is
-- whom another system knows by it.
with

stated as (

    select
        source_system,
        source_instance,
        employee_number
    from {{ ref('spend_expense_lines') }}
    where employee_number is not null and not is_deleted

    union distinct

    select
        source_system,
        source_instance,
        employee_number
    from {{ ref('spend_purchase_order_lines') }}
    where employee_number is not null

),

owners as (
    select
        workers.employee_number,
        count(distinct coalesce(
            crosswalk.employee_number,
            workers.source_instance || ':' || workers.worker_id
        )) as owners_count,
        max(crosswalk.employee_number) as owner_number
    from {{ ref('hr_workers') }} as workers
    left join {{ ref('crosswalk_resources') }} as crosswalk
        on crosswalk.role = 'hr'
        and workers.source_instance = crosswalk.source_instance
        and workers.worker_id = crosswalk.record_id
    where workers.employee_number is not null and not workers.is_deleted
    group by workers.employee_number
),

known as (
    select
        stated.source_instance,
        stated.employee_number,
        case
            when overrides.canonical_id is not null then overrides.canonical_id
            when owners.owners_count = 1 then owners.owner_number
            when owners.owners_count is null then stated.employee_number
        end as owner_number
    from stated
    left join {{ ref('crosswalk_overrides') }} as overrides
        on overrides.entity_type = 'resource'
        and stated.source_system = overrides.source_system
        and stated.source_instance = overrides.source_instance
        and stated.employee_number = overrides.source_id
    left join owners on stated.employee_number = owners.employee_number
)

select
    known.source_instance,
    known.employee_number,
    resources.resource_key,
    known.owner_number is null as is_ambiguous
from known
left join {{ ref('dim_resources') }} as resources
    on known.owner_number = resources.employee_number
