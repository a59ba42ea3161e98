{{ config(tags=['control'], severity='error', meta={'control_id': 'I21'}) }}
-- Signed prices that are not recognised and scheduled to the cent.
select *
from {{ ref('rec_schedules_carried') }}
where
    control_id = 'I21'
    and match_status != 'matched'
