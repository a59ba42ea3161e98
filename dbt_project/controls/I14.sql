{{ config(tags=['control'], severity='error', meta={'control_id': 'I14'}) }}
-- Projects whose WIP does not end at revenue less billing.
select *
from {{ ref('rec_wip_roll_forward') }}
where
    control_id = 'I14'
    and match_status != 'matched'
