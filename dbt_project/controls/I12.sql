{{ config(tags=['control'], severity='error', meta={'control_id': 'I12'}) }}
-- Projects whose daily revenue does not add up to what the method recognised.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I12'
    and match_status != 'matched'
