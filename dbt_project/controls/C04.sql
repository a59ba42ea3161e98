{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C04',
        'name': 'Payroll equals labour and bench cost',
        'assertion': 'accuracy',
        'owner': 'Human resources',
        'kind': 'business',
        'blocks': 'nothing',
    },
) }}
-- Payroll that neither a project nor bench bears, by entity and run: no pay here.
select *
from {{ ref('rec_payroll_to_labour_by_entity') }}
where match_status != 'matched'
