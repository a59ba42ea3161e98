{{ config(tags=['control'], severity='error', meta={'control_id': 'I22'}) }}
-- Estimates to complete that do not fall in the months to come to the cent.
select *
from {{ ref('rec_schedules_carried') }}
where
    control_id = 'I22'
    and match_status != 'matched'
