-- Grain: one row per project and month that its plan is seen at the end of. A project that
-- has not begun is seen as of now.
with

as_of as (
    select
        projects.project_key,
        {{ period_start('periods', 'as_of.as_of_date') }} as period_month,
        as_of.as_of_date as measured_to_date
    from {{ ref('dim_projects') }} as projects
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
)

select
    project_key,
    period_month,
    measured_to_date
from {{ ref('int_project_months') }}

union distinct

select
    project_key,
    period_month,
    measured_to_date
from as_of
