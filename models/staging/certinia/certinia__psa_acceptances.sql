-- Grain: one row per milestone and day on which its approval turned (1 approved, -1 taken
-- back): by field history where the organisation keeps it of the milestone, else by what was
-- landed. Where that ends otherwise than the milestone is, it turned when the milestone last
-- changed; a deleted or cancelled one is not approved.
with

approvals as (
    select
        source_system,
        source_instance,
        milestone_id,
        changed_at,
        row_number() over (
            partition by source_instance, milestone_id
            order by changed_at nulls last, milestone_change_id nulls last
        ) as change_no,
        new_value = 'true' as is_approved
    from {{ ref('stg_certinia__milestone_changes') }}
    where field_name = 'pse__Approved__c' and not is_deleted
),

logged as (

    select *
    from approvals

    union all

    select
        versions.source_system,
        versions.source_instance,
        versions.milestone_id,
        coalesce(
            case when versions.is_approved then cast(versions.actual_date as timestamp) end,
            versions.source_updated_at,
            versions.landed_at
        ) as changed_at,
        versions.source_version as change_no,
        coalesce(versions.is_approved, false) and not versions.is_deleted as is_approved
    from {{ ref('stg_certinia__milestone_versions') }} as versions
    left join approvals
        on versions.source_instance = approvals.source_instance
        and versions.milestone_id = approvals.milestone_id
    where approvals.milestone_id is null

),

changes as (
    select
        *,
        lag(is_approved, 1, false) over (
            partition by source_instance, milestone_id order by change_no nulls last
        ) as was_approved
    from logged
),

turns as (
    select
        source_system,
        source_instance,
        milestone_id,
        cast(changed_at as date) as event_date,
        case when is_approved then 1 else -1 end as direction
    from changes
    where is_approved != was_approved
),

standing as (
    select
        source_instance,
        milestone_id,
        sum(direction) as standing
    from turns
    group by source_instance, milestone_id
),

stacked as (

    select *
    from turns

    union all

    select
        milestones.source_system,
        milestones.source_instance,
        milestones.milestone_id,
        cast(coalesce(milestones.source_updated_at, milestones.landed_at) as date)
            as event_date,
        case when milestones.stands then 1 else -1 end as direction
    from (
        select
            *,
            coalesce(is_approved, false)
            and not is_deleted
            and coalesce(milestone_status, '') not in ('Canceled', 'Cancelled') as stands
        from {{ ref('stg_certinia__milestones') }}
    ) as milestones
    left join standing
        on milestones.source_instance = standing.source_instance
        and milestones.milestone_id = standing.milestone_id
    where milestones.stands != (coalesce(standing.standing, 0) = 1)

)

select
    milestone_id as task_id,
    event_date,
    cast(sum(direction) as integer) as direction,
    source_system,
    source_instance,
    milestone_id as source_id
from stacked
group by source_system, source_instance, milestone_id, event_date
having sum(direction) != 0
