{{ config(tags=['control'], severity='warn', meta={'control_id': 'C01'}) }}
-- Approved time of a project and month that the ledger's labour account does not hold.
select *
from {{ ref('rec_labour_time_to_gl') }}
where match_status != 'matched'
