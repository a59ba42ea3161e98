{{ config(tags=['control'], severity='error', meta={'control_id': 'I16'}) }}
-- Months in which the group is not what its projects come to.
select *
from {{ ref('rec_projects_to_entities') }}
where match_status != 'matched'
