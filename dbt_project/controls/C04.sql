{{ config(tags=['control'], severity='warn', meta={'control_id': 'C04'}) }}
-- Payroll that neither a project nor bench bears, by entity and run: no pay here.
select *
from {{ ref('rec_payroll_to_labour_by_entity') }}
where match_status != 'matched'
