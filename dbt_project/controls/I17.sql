{{ config(tags=['control'], severity='error', meta={'control_id': 'I17'}) }}
-- Overhead of the ledger that is neither allocated nor shown as unallocated.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I17'
    and match_status != 'matched'
