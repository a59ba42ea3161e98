{{ config(
    tags=['control'],
    severity='warn',
    meta={
        'control_id': 'C09',
        'name': 'Accepted milestones are invoiced within 15 days',
        'assertion': 'completeness',
        'owner': 'PMO',
        'kind': 'business',
        'blocks': 'nothing',
    },
) }}
-- Milestones accepted longer ago than the grace days and on no live invoice.
select *
from {{ ref('rec_milestones_to_invoices') }}
where match_status != 'matched'
