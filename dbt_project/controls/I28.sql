{{ config(tags=['control'], severity='error', meta={'control_id': 'I28'}) }}
-- Projects whose closed and open periods do not come to what is known now.
select *
from {{ ref('rec_closed_periods') }}
where
    control_id = 'I28'
    and match_status != 'matched'

union all

select *
from {{ ref('rec_closed_entities') }}
where
    control_id = 'I28'
    and match_status != 'matched'
