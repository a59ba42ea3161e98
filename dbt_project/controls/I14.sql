{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'I14',
        'name': 'WIP ends where revenue less billing ends',
        'assertion': 'accuracy',
        'owner': 'Integration engineering',
        'kind': 'integrity',
        'blocks': 'publication',
    },
) }}
-- Projects whose WIP does not end at revenue less billing.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I14'
    and match_status != 'matched'
