{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C08',
        'name': 'Approved expenses are coded to known projects and people',
        'assertion': 'accuracy',
        'owner': 'Procurement',
        'kind': 'business',
        'blocks': 'nothing',
    },
) }}
-- Approved expenses of unknown people or projects, or without their coding.
select *
from {{ ref('rec_expense_coding') }}
where match_status != 'matched'
