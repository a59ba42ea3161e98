{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C03',
        'name': 'Approved expenses are booked once in the ERP',
        'assertion': 'completeness',
        'owner': 'Procurement',
        'kind': 'business',
        'blocks': 'nothing',
    },
) }}
-- Approved expense lines that the ERP does not hold once at their amount.
select *
from {{ ref('rec_expenses_to_erp') }}
where match_status != 'matched'
