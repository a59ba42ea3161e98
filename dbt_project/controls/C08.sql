{{ config(tags=['control'], severity='warn', meta={'control_id': 'C08'}) }}
-- Approved expenses of unknown people or projects, or without their coding.
select *
from {{ ref('rec_expense_coding') }}
where match_status != 'matched'
