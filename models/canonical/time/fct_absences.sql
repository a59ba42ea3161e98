-- Grain: one row per person and day of absence still on record; only approved
-- absence lowers capacity, and what policy calls unpaid bears no pay.
select
    {{ entity_key('absence', ['absences.source_instance', 'absences.absence_id']) }}
        as absence_key,
    resources.resource_key,
    absences.absence_date,
    absences.absence_type,
    absences.approval_status,
    absences.absence_hours,
    coalesce(absences.approval_status = 'approved', false) as is_approved,
    coalesce(absence_types.is_paid, true) as is_paid,
    {{ correlation_id('absences', 'absence') }} as correlation_id,
    {{ source_coordinates('absences') }}
from {{ ref('hr_absences') }} as absences
left join {{ ref('int_hr_people') }} as resources
    on absences.source_instance = resources.source_instance
    and absences.employee_number = resources.employee_number
left join {{ ref('absence_types') }} as absence_types
    on lower(trim(absences.absence_type)) = lower(trim(absence_types.absence_type))
where not absences.is_deleted
