-- Grain: one row per employee and day with capacity or time, from the month of the PSA's
-- first time entry. A day belongs to the entity, practice and grade of the day, so weeks
-- and months of any group are exact sums. Utilised over base is the measure that the
-- entity's policy names; the target of a group is weighted by its base.
with

projects as (
    select
        project_key,
        project_code,
        coalesce(contract_type, '') != 'non_billable' as is_sold
    from {{ ref('dim_projects') }}
),

invoices as (
    select
        source_instance,
        invoice_id
    from {{ ref('fct_invoices') }}
    where is_billed
),

start as (
    {{ first_of_period("select min(work_date) as first_date from " ~ ref('fct_time_entries')) }}
),

entries as (
    select
        time_entries.resource_key,
        time_entries.work_date,
        time_entries.worked_minutes,
        time_entries.billable_minutes,
        time_entries.is_approved,
        time_entries.approval_status = 'pending' as is_pending,
        time_entries.is_approved and time_entries.is_billable and projects.is_sold
            as is_billable,
        time_entries.is_approved and projects.is_sold as is_sold,
        time_entries.is_approved and not projects.is_sold as is_internal,
        case
            when invoices.invoice_id is null then 0
            when items.credited_amount > 0
                then cast({{ ratio(
                    'time_entries.billable_minutes * (items.value_amount - items.credited_amount)',
                    'items.value_amount', 0
                ) }} as bigint)
            else time_entries.billable_minutes
        end as invoiced_minutes,
        coalesce(credits.credit_rate, 0) as credit_rate
    from {{ ref('fct_time_entries') }} as time_entries
    inner join {{ ref('dim_resources') }} as resources
        on time_entries.resource_key = resources.resource_key
        and coalesce(resources.worker_type, 'employee') != 'contingent'
    left join projects on time_entries.project_key = projects.project_key
    left join invoices
        on time_entries.source_instance = invoices.source_instance
        and time_entries.invoice_id = invoices.invoice_id
    left join {{ ref('int_items_billed') }} as items
        on items.item_type = 'time_entry'
        and time_entries.time_entry_key = items.item_key
    left join {{ ref('utilisation_credits') }} as credits
        on projects.project_code = credits.project_code
    where time_entries.work_date is not null and not time_entries.is_future
),

-- By person and day first: there are far more entries than days.
worked as (
    select
        resource_key,
        work_date as date_day,
        sum(case when is_approved then worked_minutes else 0 end) as approved_minutes,
        sum(case when is_billable then billable_minutes else 0 end) as billable_minutes,
        sum(
            case
                when is_sold and worked_minutes >= 0
                    then greatest(worked_minutes - billable_minutes, 0)
                when is_sold then least(worked_minutes - billable_minutes, 0)
                else 0
            end
        ) as non_billable_minutes,
        sum(case when is_billable then invoiced_minutes else 0 end)
            as billed_minutes,
        sum(case when is_internal then worked_minutes else 0 end) as internal_minutes,
        sum(case when is_internal then worked_minutes * credit_rate else 0 end)
            as credit_minutes,
        sum(case when is_pending then worked_minutes else 0 end) as submitted_minutes
    from entries
    group by resource_key, work_date
),

capacity as (
    select capacity_daily.*
    from {{ ref('fct_capacity_daily') }} as capacity_daily
    inner join start on capacity_daily.date_day >= start.first_date
),

daily as (
    select
        coalesce(capacity.resource_key, worked.resource_key) as resource_key,
        coalesce(capacity.date_day, worked.date_day) as date_day,
        case when capacity.resource_key is null then 0 else 1 end as days_count,
        coalesce(capacity.working_minutes, 0) as working_minutes,
        coalesce(capacity.working_minutes - capacity.holiday_minutes, 0)
            as available_minutes,
        coalesce(capacity.capacity_minutes, 0) as capacity_minutes,
        coalesce(worked.approved_minutes, 0) as approved_minutes,
        coalesce(worked.billable_minutes, 0) as billable_minutes,
        coalesce(worked.non_billable_minutes, 0) as non_billable_minutes,
        coalesce(worked.billed_minutes, 0) as billed_minutes,
        coalesce(worked.internal_minutes, 0) as internal_minutes,
        cast(
            round(coalesce(worked.billable_minutes + worked.credit_minutes, 0), 4)
            as decimal(18, 4)
        ) as credited_minutes,
        coalesce(worked.submitted_minutes, 0) as submitted_minutes
    from capacity
    full join worked
        on capacity.resource_key = worked.resource_key
        and capacity.date_day = worked.date_day
),

-- A weekday is one of the 5 x 52 that a year's standard hours are for.
placed as (
    select
        daily.*,
        {{ period_start('periods', 'daily.date_day') }} as period_month,
        assignments.legal_entity_code,
        assignments.practice_code,
        assignments.grade_code,
        coalesce(own_policies.method, policies.method) as measure,
        coalesce(own_policies.amber_width_rate, policies.amber_width_rate)
            as amber_width_rate,
        targets.target_rate,
        coalesce(
            {{ ratio(
                'legal_entities.annual_standard_hours * assignments.fte_rate'
                ~ ' * daily.days_count * 60', '260', 4
            ) }}, 0
        ) as annual_minutes
    from daily
    left join {{ ref('dim_resource_assignments') }} as assignments
        on daily.resource_key = assignments.resource_key
        and daily.date_day >= assignments.valid_from
        and daily.date_day < assignments.valid_to
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on assignments.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('utilisation_policies') }} as own_policies
        on assignments.legal_entity_code = own_policies.legal_entity_code
    left join {{ ref('utilisation_policies') }} as policies
        on policies.legal_entity_code = '*'
    left join {{ ref('utilisation_targets') }} as targets
        on assignments.grade_code = targets.grade_code
        and daily.date_day >= targets.valid_from
        and daily.date_day < {{ open_end('targets.valid_to') }}
    {{ join_period('periods', 'assignments.legal_entity_code', 'daily.date_day') }}
),

measured as (
    select
        *,
        case measure
            when 'billed' then billed_minutes
            when 'total' then approved_minutes
            when 'credited' then credited_minutes
            else billable_minutes
        end as utilised_minutes,
        case measure
            when 'available' then available_minutes
            when 'annual' then annual_minutes
            else capacity_minutes
        end as base_minutes
    from placed
)

select
    resource_key,
    date_day,
    {{ week_start('date_day') }} as week_start_date,
    period_month,
    legal_entity_code,
    practice_code,
    grade_code,
    cast(working_minutes as bigint) as working_minutes,
    cast(available_minutes as bigint) as available_minutes,
    cast(capacity_minutes as bigint) as capacity_minutes,
    cast(annual_minutes as decimal(18, 4)) as annual_minutes,
    cast(approved_minutes as bigint) as approved_minutes,
    cast(billable_minutes as bigint) as billable_minutes,
    cast(non_billable_minutes as bigint) as non_billable_minutes,
    cast(billed_minutes as bigint) as billed_minutes,
    cast(internal_minutes as bigint) as internal_minutes,
    credited_minutes,
    cast(submitted_minutes as bigint) as submitted_minutes,
    cast(utilised_minutes as decimal(18, 4)) as utilised_minutes,
    cast(base_minutes as decimal(18, 4)) as base_minutes,
    cast(
        {{ rounded_product(['cast(base_minutes as decimal(18, 4))', 'target_rate'], 4) }}
        as decimal(18, 4)
    ) as target_minutes,
    amber_width_rate
from measured
