{{ config(tags=['control'], severity='error', meta={'control_id': 'I27'}) }}
-- Closed periods whose figures are not those that were kept.
select *
from {{ ref('rec_closed_periods') }}
where
    control_id = 'I27'
    and match_status != 'matched'

union all

select *
from {{ ref('rec_closed_entities') }}
where
    control_id = 'I27'
    and match_status != 'matched'
