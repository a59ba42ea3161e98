{{ config(tags=['control'], severity='warn', meta={'control_id': 'C03'}) }}
-- Approved expense lines that the ERP does not hold once at their amount.
select *
from {{ ref('rec_expenses_to_erp') }}
where match_status != 'matched'
