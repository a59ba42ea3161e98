-- Grain: one row per ERP and project that it has: the ids that lines in its books name the
-- project and its practice by. Another ERP has others of the same project.
select
    jobs.source_instance as erp_instance,
    crosswalk.project_code,
    jobs.project_id as erp_project_id,
    jobs.dimension_id as erp_department_id
from {{ ref('crosswalk_projects') }} as crosswalk
inner join {{ ref('erp_projects') }} as jobs
    on crosswalk.source_instance = jobs.source_instance
    and crosswalk.record_id = jobs.project_id
where
    crosswalk.role = 'erp'
    and crosswalk.project_code is not null
    and not jobs.is_deleted
