{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C01',
        'name': 'Approved time in the PSA equals project labour cost in the ERP',
        'assertion': 'completeness',
        'owner': 'Finance',
        'kind': 'business',
        'blocks': 'posting',
    },
) }}
-- Approved time of a project and month that the ledger's labour account does not hold.
select *
from {{ ref('rec_labour_time_to_gl') }}
where match_status != 'matched'
