{{ config(tags=['control'], severity='error', meta={'control_id': 'I07'}) }}
-- A firm without a project: more likely the integration users see nothing of it.
select count(*) as projects_count
from {{ ref('dim_projects') }}
having count(*) = 0
