{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'I13',
        'name': 'Marts carry the whole canonical total',
        'assertion': 'completeness',
        'owner': 'Integration engineering',
        'kind': 'integrity',
        'blocks': 'publication',
    },
) }}
-- Totals that a margin mart does not carry in full.
select *
from {{ ref('rec_facts_to_marts') }}
where match_status != 'matched'
