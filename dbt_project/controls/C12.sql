{{ config(tags=['control'], severity='warn', meta={'control_id': 'C12'}) }}
-- Postings that only the ledger or only the ERP knows, or that one has otherwise.
select *
from {{ ref('rec_postings_to_erp') }}
where match_status != 'matched'
