{{ config(tags=['control'], severity='error', meta={'control_id': 'I18'}) }}
-- Projects whose margin is not the sum of what explains it.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I18'
    and match_status != 'matched'
