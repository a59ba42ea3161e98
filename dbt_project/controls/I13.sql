{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'I13',
        'assertion': 'completeness',
        'owner': 'Integration engineering',
        'kind': 'integrity',
        'blocks': 'publication',
    },
) }}
-- Totals that a margin mart does not carry in full.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I13'
    and match_status != 'matched'
