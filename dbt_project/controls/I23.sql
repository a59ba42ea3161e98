{{ config(tags=['control'], severity='error', meta={'control_id': 'I23'}) }}
-- Schedules and proposals that a mart does not carry in full.
select *
from {{ ref('rec_schedules_carried') }}
where
    control_id = 'I23'
    and match_status != 'matched'
