-- Pay and places of work that are gone from HR and count as last known: of people with
-- approved time, in a period that is not closed, on days that nothing else says it of.
with

records as (

    select
        'pay' as what,
        resource_key,
        valid_from,
        valid_to,
        source_system,
        source_instance
    from {{ ref('int_pay_hours') }}
    where is_deleted

    union all

    select
        'place of work' as what,
        resource_key,
        valid_from,
        valid_to,
        source_system,
        source_instance
    from {{ ref('dim_resource_assignments') }}
    where is_deleted

)

select
    'hr_record_deleted' as kind,
    'the ' || records.what || ' of ' || resources.employee_number
    || ' from ' || cast(records.valid_from as varchar)
    || ' on is gone from HR; it counts as last known for '
    || cast(sum(entries.worked_hours) as varchar) || ' h' as reason,
    records.source_system,
    records.source_instance,
    resources.employee_number || ' ' || records.what || ' '
    || cast(records.valid_from as varchar) as source_id,
    entries.home_legal_entity_code as legal_entity_code,
    cast(null as varchar) as project_key,
    entries.home_period_month as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    min(entries.work_date) as since
from records
inner join {{ ref('fct_time_entries') }} as entries
    on records.resource_key = entries.resource_key
    and records.valid_from <= entries.work_date
    and records.valid_to > entries.work_date
    and entries.is_approved
inner join {{ ref('dim_resources') }} as resources
    on records.resource_key = resources.resource_key
left join {{ ref('dim_periods') }} as periods
    on entries.home_legal_entity_code = periods.legal_entity_code
    and entries.home_period_month = periods.period_month
where not coalesce(periods.is_closed, false)
group by
    records.what,
    records.valid_from,
    resources.employee_number,
    records.source_system,
    records.source_instance,
    entries.home_legal_entity_code,
    entries.home_period_month
