{{ config(tags=['control'], severity='warn', meta={'control_id': 'C09'}) }}
-- Milestones accepted longer ago than the grace days and on no live invoice.
select *
from {{ ref('rec_milestones_to_invoices') }}
where match_status != 'matched'
