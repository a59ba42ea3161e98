{{ config(tags=['control'], severity='warn', meta={'control_id': 'C06'}) }}
-- Projects that one system lacks, or that the ERP cannot cost to a department.
select *
from {{ ref('rec_projects_crm_psa_erp') }}
where match_status != 'matched'
