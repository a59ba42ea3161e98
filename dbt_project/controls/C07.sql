{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'C07',
        'name': 'Every ledger transaction balances',
        'assertion': 'accuracy',
        'owner': 'Finance',
        'kind': 'integrity',
        'blocks': 'publication',
    },
) }}
-- Ledger transactions whose debits and credits differ: landed incompletely.
select *
from {{ ref('rec_gl_balance') }}
where match_status != 'matched'
