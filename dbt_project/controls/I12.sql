{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'I12',
        'name': 'Daily revenue adds up to what each method recognised',
        'assertion': 'accuracy',
        'owner': 'Integration engineering',
        'kind': 'integrity',
        'blocks': 'publication',
    },
) }}
-- Projects whose daily revenue does not add up to what the method recognised.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I12'
    and match_status != 'matched'
