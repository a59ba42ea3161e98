-- Grain: one row per Workday worker and effective date. Where somebody works is said by the
-- primary job; what they do in an additional one is not. A rescinded event never happened; of
-- several staffing events of one day the one entered last counts, and one that is gone only
-- where nothing stands. Workday has full time as a ratio and as a percentage; nobody works
-- more than twice full time.
with

standing as (
    select * from {{ ref('stg_workday__assignments') }}
    where not coalesce(is_rescinded, false) and coalesce(is_primary, true)
),

assignments as (
    {{ first_of_each(
        'standing', key=['source_instance', 'employee_id', 'effective_date'],
        order=['is_deleted', 'entered_at desc nulls last', 'source_id desc nulls last']
    ) }}
)

select
    assignments.employee_id as worker_id,
    nullif(trim(assignments.employee_id), '') as employee_number,
    assignments.effective_date as valid_from,
    assignments.legal_entity_code,
    assignments.practice_code,
    assignments.cost_centre_code,
    assignments.grade_code,
    assignments.role_name,
    assignments.business_title,
    assignments.weekly_hours,
    case
        when assignments.fte_rate > 2 then cast(assignments.fte_rate / 100 as decimal(9, 4))
        else assignments.fte_rate
    end as fte_rate,
    {{ role_lineage('assignments') }}
from assignments
