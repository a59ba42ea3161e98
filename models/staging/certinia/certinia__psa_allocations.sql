-- Grain: one row per part of an assignment's schedule, as it is planned now.
with

latest as (
    {{ first_of_each(
        ref('certinia__psa_allocation_versions'), key=['source_instance', 'allocation_id'],
        order=['source_version desc nulls last']
    ) }}
)

select
    latest.allocation_id,
    latest.project_id,
    latest.person_id,
    latest.start_date,
    latest.end_date,
    latest.planned_minutes,
    latest.is_committed,
    {{ role_lineage('latest') }}
from latest
where latest.start_date is not null
