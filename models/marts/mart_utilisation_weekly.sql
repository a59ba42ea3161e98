-- Grain: one row per person and ISO week, from hire to the as-of week, and for any other
-- week with time. Billable utilisation is approved hours on billable entries of sold
-- projects over capacity; the band compares it with the target of the person's grade.
with

projects as (
    select
        project_key,
        contract_type != 'non_billable' as is_sold
    from {{ ref('dim_projects') }}
),

stacked as (

    select
        resource_key,
        week_start_date,
        legal_entity_code,
        practice_code,
        grade_code,
        capacity_hours,
        0 as approved_minutes,
        0 as billable_minutes,
        0 as internal_minutes,
        0 as submitted_minutes
    from {{ ref('fct_capacity_weekly') }}

    union all

    select
        time_entries.resource_key,
        time_entries.week_start_date,
        cast(null as varchar) as legal_entity_code,
        cast(null as varchar) as practice_code,
        cast(null as varchar) as grade_code,
        0 as capacity_hours,
        case when time_entries.is_approved then time_entries.worked_minutes else 0 end
            as approved_minutes,
        case
            when
                time_entries.is_approved
                and time_entries.is_billable
                and projects.is_sold
                then time_entries.worked_minutes
            else 0
        end as billable_minutes,
        case
            when time_entries.is_approved and not projects.is_sold
                then time_entries.worked_minutes
            else 0
        end as internal_minutes,
        case
            when time_entries.approval_status = 'pending' then time_entries.worked_minutes
            else 0
        end as submitted_minutes
    from {{ ref('fct_time_entries') }} as time_entries
    left join projects on time_entries.project_key = projects.project_key
    where time_entries.resource_key is not null

),

weekly as (
    select
        resource_key,
        week_start_date,
        max(legal_entity_code) as legal_entity_code,
        max(practice_code) as practice_code,
        max(grade_code) as grade_code,
        sum(capacity_hours) as capacity_hours,
        {{ ratio('sum(approved_minutes)', '60', 2) }} as approved_hours,
        {{ ratio('sum(billable_minutes)', '60', 2) }} as billable_hours,
        {{ ratio('sum(internal_minutes)', '60', 2) }} as internal_hours,
        {{ ratio('sum(submitted_minutes)', '60', 2) }} as submitted_hours
    from stacked
    group by resource_key, week_start_date
),

rated as (
    select
        weekly.*,
        targets.target_rate,
        {{ ratio('weekly.billable_hours', 'weekly.capacity_hours', 6) }}
            as billable_utilisation_rate
    from weekly
    left join {{ ref('utilisation_targets') }} as targets
        on weekly.grade_code = targets.grade_code
        and weekly.week_start_date >= targets.valid_from
        and weekly.week_start_date < {{ open_end('targets.valid_to') }}
)

select
    rated.resource_key,
    resources.resource_name,
    resources.employee_number,
    rated.practice_code,
    rated.legal_entity_code,
    rated.grade_code,
    rated.week_start_date,
    cast(rated.capacity_hours as decimal(9, 2)) as capacity_hours,
    cast(rated.approved_hours as decimal(9, 2)) as approved_hours,
    cast(rated.billable_hours as decimal(9, 2)) as billable_hours,
    cast(rated.internal_hours as decimal(9, 2)) as internal_hours,
    cast(rated.submitted_hours as decimal(9, 2)) as submitted_hours,
    cast(rated.billable_utilisation_rate as decimal(18, 6)) as billable_utilisation_rate,
    cast(rated.target_rate as decimal(18, 6)) as target_rate,
    case
        when rated.billable_utilisation_rate is null or rated.target_rate is null then null
        when rated.billable_utilisation_rate >= rated.target_rate then 'green'
        when rated.billable_utilisation_rate >= rated.target_rate - 0.20 then 'amber'
        else 'red'
    end as band
from rated
left join {{ ref('dim_resources') }} as resources
    on rated.resource_key = resources.resource_key
