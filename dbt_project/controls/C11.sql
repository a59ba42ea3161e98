{{ config(tags=['control'], severity='warn', meta={'control_id': 'C11'}) }}
-- Charges between legal entities that their books do not mirror, or do not hold.
select *
from {{ ref('rec_intercompany_mirror') }}
where match_status != 'matched'
