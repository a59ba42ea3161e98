{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C10',
        'name': 'Every approved fact and plan has its rate',
        'assertion': 'valuation',
        'owner': 'Finance',
        'kind': 'business',
        'blocks': 'nothing',
    },
) }}
-- Approved facts and plans without an amount, because a rate is missing.
select *
from {{ ref('rec_unpriced_facts') }}
where match_status != 'matched'
