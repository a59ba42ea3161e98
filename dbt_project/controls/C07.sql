{{ config(tags=['control'], severity='error', meta={'control_id': 'C07'}) }}
-- Ledger transactions whose debits and credits differ: landed incompletely.
select *
from {{ ref('rec_gl_balance') }}
where match_status != 'matched'
