-- Grain: one row per Workday absence entry. What is denied vanishes there. A plan counts
-- hours or days; a day is a fifth of the week's hours contracted on it, as a weekday is.
with

standing as (
    select * from {{ ref('stg_workday__assignments') }}
    where not coalesce(is_rescinded, false) and coalesce(is_primary, true)
),

events as (
    {{ first_of_each(
        'standing', key=['source_instance', 'employee_id', 'effective_date'],
        order=['is_deleted', 'entered_at desc nulls last', 'source_id desc nulls last']
    ) }}
),

contracted as (
    select
        source_instance,
        employee_id,
        weekly_hours,
        effective_date as valid_from,
        lead(effective_date, 1, date '9999-12-31') over (
            partition by source_instance, employee_id order by effective_date nulls last
        ) as valid_to
    from events
    where not is_deleted
)

select
    absences.absence_id,
    absences.employee_id as worker_id,
    nullif(trim(absences.employee_id), '') as employee_number,
    absences.absence_date,
    case
        when absences.unit_name in ('day', 'days')
            then cast(absences.absence_quantity * contracted.weekly_hours / 5 as decimal(9, 2))
        else absences.absence_quantity
    end as absence_hours,
    absences.absence_type,
    case when absences.status in ('approved', 'submitted') then absences.status end
        as approval_status,
    {{ role_lineage('absences') }}
from {{ ref('stg_workday__absences') }} as absences
left join contracted
    on absences.source_instance = contracted.source_instance
    and absences.employee_id = contracted.employee_id
    and absences.absence_date >= contracted.valid_from
    and absences.absence_date < contracted.valid_to
