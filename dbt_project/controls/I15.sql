{{ config(tags=['control'], severity='error', meta={'control_id': 'I15'}) }}
-- WIP that does not open where it closed, or whose movements do not add up.
select *
from {{ ref('rec_wip_roll_forward') }}
where
    control_id = 'I15'
    and match_status != 'matched'
