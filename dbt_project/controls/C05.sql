{{ config(tags=['control'], severity='warn', meta={'control_id': 'C05'}) }}
-- People active somewhere whom one of HR, PSA and payroll does not know.
select *
from {{ ref('rec_employees_hr_psa_payroll') }}
where match_status != 'matched'
